using System.Security.Cryptography;
using FluentAssertions;
using Trading.EventStore.Journal;
using Trading.EventStore.Verification;
using Trading.TestKit;
using Xunit;

namespace Trading.EventStore.Tests.Verification;

/// <summary>One event can be shown to a third party that has an anchor and nothing else of ours.</summary>
public sealed class Proofs : IAsyncLifetime
{
    private PostgresDatabase _database = null!;
    private PostgresLogs _logs = null!;

    public async Task InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        _logs = await PostgresLogs.OpenAsync(_database.ConnectionString);
        var streams = new[] { Some.Stream(), Some.Stream() };
        for (var i = 0; i < 13; i++)
        {
            await _logs.Journal.AppendedAsync(Some.Request(streams[i % 2], count: 1 + (i % 4)));
        }
    }

    public async Task DisposeAsync()
    {
        await _logs.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Every_event_is_proven_by_its_proof_as_it_stands_in_the_journal()
    {
        var anchor = await AnchorAsync();
        var prover = new EventProver(_logs.Reader);
        foreach (var recorded in await _logs.Journal.ReadAllAsync())
        {
            var proof = EventProof.FromJson((await prover.ProveAsync(recorded.Offset))!.ToJson())!;

            var proven = ProofCheck.Check(proof, anchor).Should().BeOfType<ProofVerdict.Proven>().Subject.Event;

            proven.Decode().Should().Be(recorded.Decode());
            proven.Digest.ToArray().Should().Equal(recorded.Digest.ToArray());
            (proven.Id, proven.Stream, proven.Version, proven.User, proven.OccurredAt, proven.RecordedAt)
                .Should()
                .Be(
                    (
                        recorded.Id,
                        recorded.Stream,
                        recorded.Version,
                        recorded.User,
                        recorded.OccurredAt,
                        recorded.RecordedAt
                    )
                );
        }
    }

    [Fact]
    public async Task An_older_anchor_still_proves_what_stood_before_it()
    {
        var anchor = await AnchorAsync();
        await _logs.Journal.AppendedAsync(Some.Request(Some.Stream(), count: 5));
        var prover = new EventProver(_logs.Reader);

        var old = await prover.ProveAsync(new(3), anchor.Offset);
        var young = await prover.ProveAsync(anchor.Offset.Plus(1));

        ProofCheck.Check(old!, anchor).Should().BeOfType<ProofVerdict.Proven>();
        ProofCheck.Check(young!, anchor).Should().BeOfType<ProofVerdict.Refused>();
        (await prover.ProveAsync(anchor.Offset.Plus(1), anchor.Offset)).Should().BeNull("the anchor is older");
        (await prover.ProveAsync(new(10_000))).Should().BeNull("there is no such event");
    }

    [Fact]
    public async Task A_proof_that_was_changed_anywhere_proves_nothing()
    {
        var anchor = await AnchorAsync();
        var prover = new EventProver(_logs.Reader);
        var random = Seeded.Random();
        for (var i = 0; i < 2_000; i++)
        {
            var proof = (await prover.ProveAsync(new(1 + (i % 20))))!;

            ProofCheck.Check(Change(proof, random), anchor).Should().BeOfType<ProofVerdict.Refused>();
        }
    }

    [Fact]
    public async Task Somebody_elses_sha256_comes_to_the_same_batch_hash()
    {
        // As the proof's papers say, without any of our code but the proof's fields.
        var proof = (await new EventProver(_logs.Reader).ProveAsync(new(6)))!;
        var digest = SHA256.HashData(proof.Content);
        var place = (int)(proof.Offset - proof.Batch.First) * 40;
        byte[] content =
        [
            .. proof.Batch.Previous,
            .. BigEndian(proof.Batch.First),
            .. BigEndian(proof.Batch.Events.Length / 40),
            .. BigEndian(proof.Batch.RecordedAt),
            .. proof.Batch.Events,
        ];

        proof.Batch.Events[place..(place + 40)].Should().Equal([.. BigEndian(proof.Version), .. digest]);
        (await new LogVerifier(_logs.Reader).LinkAtAsync(new(6)))
            .Hash.ToArray()
            .Should()
            .Equal(SHA256.HashData(content));
    }

    [Fact]
    public void Any_leaf_of_a_tree_of_any_size_leads_to_its_root()
    {
        for (var leaves = 1; leaves <= 70; leaves++)
        {
            var batches = Enumerable.Range(0, leaves).Select(i => SHA256.HashData([(byte)i])).ToArray();
            var root = TreeOf(batches).Root();
            for (var leaf = 0; leaf < leaves; leaf++)
            {
                var beside = MerkleTree
                    .PartsBeside(leaf, leaves)
                    .Select(part => TreeOf(batches[(int)part.From..(int)part.Before]).Root())
                    .ToArray();

                MerkleTree.RootFrom(batches[leaf], leaf, leaves, beside).Should().Equal(root);
                beside.Length.Should().BeLessThanOrEqualTo(7);
            }
        }
    }

    [Fact]
    public async Task A_signature_is_right_only_for_its_content_and_key()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signed = SignedAnchor.FromJson(SignedAnchor.Sign(await AnchorAsync(), key).ToJson())!;

        signed.IsSigned().Should().BeTrue();
        signed.IsSigned(key.ExportSubjectPublicKeyInfo()).Should().BeTrue();
        signed.IsSigned(other.ExportSubjectPublicKeyInfo()).Should().BeFalse();
        (signed with { Anchor = signed.Anchor with { Offset = new(1) } }).IsSigned().Should().BeFalse();
        (signed with { Anchor = signed.Anchor with { AnchoredAt = Some.Noon.AddSeconds(1) } })
            .IsSigned()
            .Should()
            .BeFalse();
        SignedAnchor.FromJson("{}").Should().BeNull();
        SignedAnchor.FromJson("nonsense").Should().BeNull();
    }

    private Task<LogAnchor> AnchorAsync() => new LogVerifier(_logs.Reader).AnchorAsync(Some.Noon);

    private static EventProof Change(EventProof proof, Random random) =>
        random.Next(8) switch
        {
            0 => proof with { Content = Flip(proof.Content, random) },
            1 => proof with { Version = proof.Version + 1 },
            2 => proof with { Offset = proof.Offset + 1 },
            3 => proof with { Batch = proof.Batch with { Previous = Flip(proof.Batch.Previous, random) } },
            4 => proof with { Batch = proof.Batch with { Events = Flip(proof.Batch.Events, random) } },
            5 => proof with { Batch = proof.Batch with { RecordedAt = proof.Batch.RecordedAt + 1 } },
            6 => proof with { Path = proof.Path with { Leaf = proof.Path.Leaf + 1 } },
            _ => proof with
            {
                Path = proof.Path with { Beside = [.. proof.Path.Beside.SkipLast(1), new byte[EventDigest.Size]] },
            },
        };

    private static byte[] Flip(byte[] bytes, Random random)
    {
        byte[] flipped = [.. bytes];
        flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
        return flipped;
    }

    private static MerkleTree TreeOf(byte[][] batches)
    {
        var tree = new MerkleTree();
        foreach (var batch in batches)
        {
            tree.Add(batch);
        }

        return tree;
    }

    private static byte[] BigEndian(long number) => [.. BitConverter.GetBytes(number).Reverse()];
}
