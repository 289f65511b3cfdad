using FluentAssertions;
using Trading.EventStore.Verification;
using Trading.TestKit;
using Xunit;

namespace Trading.EventStore.Tests.Verification;

/// <summary>Whatever somebody with every right over the database does to the past, an anchor kept elsewhere shows it, also
/// when every hash was computed anew.</summary>
public sealed class Tampering(AnchoredJournal anchored) : IClassFixture<AnchoredJournal>
{
    private static readonly int Tries = int.TryParse(
        Environment.GetEnvironmentVariable("TRADING_TAMPERINGS"),
        out var given
    )
        ? given
        : 10_000;

    private delegate string Tamper(CopiedJournal journal, Random random);

    private static readonly IReadOnlyList<Tamper> s_ways =
    [
        Edit,
        EditAndMendDigest,
        EditAndMendBatch,
        EditAndRewrite,
        Insert,
        InsertAndRewrite,
        Delete,
        DeleteAndRewrite,
        Swap,
        SwapAndRewrite,
        MoveToAnotherStreamAndRewrite,
        CutTail,
        CutTailAndGrowAnother,
        CutBatchesOnly,
        JoinBatchesAndRewrite,
        ShiftTimesAndRewrite,
        RenameStreamAndRewrite,
    ];

    [Fact]
    public async Task An_untouched_journal_has_no_findings() =>
        (await anchored.Journal.VerifyAsync(anchored.Anchor)).Should().BeEmpty();

    [Fact]
    public async Task Each_of_10_000_random_tamperings_is_found()
    {
        var random = Seeded.Random();
        var missed = new List<string>();
        for (var i = 0; i < Tries; i++)
        {
            var journal = anchored.Journal.Copy();
            var told = s_ways[i % s_ways.Count](journal, random);
            if ((await journal.VerifyAsync(anchored.Anchor)).Count == 0)
            {
                missed.Add(told);
            }
        }

        missed.Should().BeEmpty($"all of {Tries} were tried with {Seeded.Variable}={Seeded.Seed}");
    }

    [Fact]
    public async Task A_chain_that_was_rewritten_whole_is_found_by_the_anchor_alone()
    {
        var journal = anchored.Journal.Copy();
        journal.Events[5].Id = Guid.NewGuid().ToByteArray();
        journal.MakeConsistent();

        (await journal.VerifyAsync()).Should().BeEmpty("it does not contradict itself");
        (await journal.VerifyAsync(anchored.Anchor))
            .Select(finding => finding.Kind)
            .Should()
            .Equal(FindingKind.LostAnchor);
    }

    [Fact]
    public async Task A_cut_tail_is_found_by_the_anchor_alone()
    {
        var journal = anchored.Journal.Copy();

        CutTail(journal, Seeded.Random(2));

        (await journal.VerifyAsync()).Should().BeEmpty("it does not contradict itself");
        (await journal.VerifyAsync(anchored.Anchor)).Should().ContainSingle().Which.Detail.Should().Contain("cut off");
    }

    [Fact]
    public async Task What_came_after_the_anchor_does_not_disturb_it()
    {
        var journal = anchored.Journal;
        var middle = LogAnchor.Of(new(journal.Links[3].Last), journal.Links[3].Hash);

        (await journal.VerifyAsync(middle, anchored.Anchor)).Should().BeEmpty();
    }

    private static string Edit(CopiedJournal journal, Random random)
    {
        var (e, column) = (Pick(journal, random), CopiedEvent.Editable[random.Next(CopiedEvent.Editable.Count)]);
        e.Flip(column, random);
        return $"column {column} of {e} edited";
    }

    private static string EditAndMendDigest(CopiedJournal journal, Random random)
    {
        var told = EditContent(journal, random, out var e);
        e.MendDigest(journal.Names);
        return $"{told}, digest mended";
    }

    private static string EditAndMendBatch(CopiedJournal journal, Random random)
    {
        var told = EditContent(journal, random, out var e);
        e.MendDigest(journal.Names);
        var batch = journal.Links.FindIndex(link => link.Last >= e.Offset);
        var after = journal.Links[(batch + 1)..];
        journal.Rehash(batch);
        journal.Links.RemoveRange(batch + 1, after.Count);
        journal.Links.AddRange(after);
        return $"{told}, digest and batch mended";
    }

    private static string EditAndRewrite(CopiedJournal journal, Random random)
    {
        var told = EditContent(journal, random, out _);
        journal.MakeConsistent();
        return $"{told}, all hashes computed anew";
    }

    private static string Insert(CopiedJournal journal, Random random)
    {
        var place = random.Next(journal.Events.Count + 1);
        var forged = new CopiedEvent(Pick(journal, random)) { Id = Guid.NewGuid().ToByteArray() };
        journal.Events.Insert(place, forged);
        for (var i = 0; i < journal.Events.Count; i++)
        {
            journal.Events[i].Offset = i + 1;
        }

        return $"inserted at {place + 1}";
    }

    private static string InsertAndRewrite(CopiedJournal journal, Random random)
    {
        var told = Insert(journal, random);
        journal.Links[^1] = journal.Links[^1] with { Last = journal.Events.Count };
        journal.MakeConsistent();
        return $"{told}, all hashes computed anew";
    }

    private static string Delete(CopiedJournal journal, Random random)
    {
        var gone = Pick(journal, random);
        journal.Events.Remove(gone);
        return $"deleted {gone}";
    }

    private static string DeleteAndRewrite(CopiedJournal journal, Random random)
    {
        var told = Delete(journal, random);
        journal.Links[^1] = journal.Links[^1] with { Last = journal.Events.Count };
        journal.MakeConsistent();
        return $"{told}, all hashes computed anew";
    }

    private static string Swap(CopiedJournal journal, Random random)
    {
        var first = random.Next(journal.Events.Count - 1);
        var second = random.Next(first + 1, journal.Events.Count);
        var (a, b) = (journal.Events[first], journal.Events[second]);
        (journal.Events[first], journal.Events[second]) = (b, a);
        (a.Offset, b.Offset) = (b.Offset, a.Offset);
        return $"swapped {a} and {b}";
    }

    private static string SwapAndRewrite(CopiedJournal journal, Random random)
    {
        var told = Swap(journal, random);
        journal.MakeConsistent();
        return $"{told}, all hashes computed anew";
    }

    private static string MoveToAnotherStreamAndRewrite(CopiedJournal journal, Random random)
    {
        var moved = Pick(journal, random);
        var others = journal.Names.Keys.Where(stream => stream != moved.Stream).ToArray();
        moved.Stream = others[random.Next(others.Length)];
        journal.MakeConsistent();
        return $"moved {moved} to another stream, all hashes computed anew";
    }

    private static string CutTail(CopiedJournal journal, Random random)
    {
        var kept = random.Next(journal.Links.Count);
        journal.Links.RemoveRange(kept, journal.Links.Count - kept);
        var head = journal.Links is [.., var last] ? last.Last : 0;
        journal.Events.RemoveAll(e => e.Offset > head);
        return $"cut to {head}";
    }

    private static string CutTailAndGrowAnother(CopiedJournal journal, Random random)
    {
        var full = journal.Copy();
        var told = CutTail(journal, random);
        for (var i = journal.Events.Count; i < full.Events.Count; i++)
        {
            journal.Events.Add(new(full.Events[random.Next(full.Events.Count)]) { Id = Guid.NewGuid().ToByteArray() });
        }

        var kept = journal.Links.Count;
        journal.Links.AddRange(full.Links[kept..]);
        journal.MakeConsistent();
        return $"{told} and grown again";
    }

    private static string CutBatchesOnly(CopiedJournal journal, Random random)
    {
        var gone = random.Next(journal.Links.Count);
        journal.Links.RemoveAt(gone);
        return $"link {gone} removed";
    }

    private static string JoinBatchesAndRewrite(CopiedJournal journal, Random random)
    {
        var first = random.Next(journal.Links.Count - 1);
        journal.Links[first + 1] = journal.Links[first + 1] with { First = journal.Links[first].First };
        journal.Links.RemoveAt(first);
        journal.Rehash(0);
        return $"batches {first} and {first + 1} joined";
    }

    private static string ShiftTimesAndRewrite(CopiedJournal journal, Random random)
    {
        var batch = random.Next(journal.Links.Count);
        journal.Links[batch] = journal.Links[batch] with
        {
            RecordedAt = journal.Links[batch].RecordedAt + 1 + random.Next(1_000_000),
        };
        journal.Rehash(0);
        return $"time of batch {batch} shifted";
    }

    private static string RenameStreamAndRewrite(CopiedJournal journal, Random random)
    {
        var stream = Pick(journal, random).Stream;
        journal.Names[stream] += "x";
        journal.MakeConsistent();
        return $"stream {stream} renamed, all hashes computed anew";
    }

    private static string EditContent(CopiedJournal journal, Random random, out CopiedEvent edited)
    {
        var content = CopiedEvent.Editable.Where(CopiedEvent.IsContent).ToArray();
        var column = content[random.Next(content.Length)];
        edited = Pick(journal, random);
        edited.Flip(column, random);
        return $"column {column} of {edited} edited";
    }

    private static CopiedEvent Pick(CopiedJournal journal, Random random) =>
        journal.Events[random.Next(journal.Events.Count)];
}

/// <summary>A journal written by real appends, and the anchor of its head.</summary>
public sealed class AnchoredJournal : IAsyncLifetime
{
    internal CopiedJournal Journal { get; private set; } = null!;

    internal LogAnchor Anchor { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using var logs = await PostgresLogs.OpenAsync(database.ConnectionString);
        var streams = new[] { Some.Stream(), Some.Stream(), Some.Stream() };
        for (var i = 0; i < 9; i++)
        {
            await logs.Journal.AppendedAsync(Some.Request(streams[i % 3], count: 1 + i));
        }

        Journal = await CopiedJournal.OfAsync(logs);
        Anchor = await new LogVerifier(logs.Reader).AnchorAsync(Some.Noon);
    }

    public Task DisposeAsync() => Task.CompletedTask;
}
