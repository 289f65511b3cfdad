using System.Runtime.CompilerServices;
using Npgsql;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.EventStore.Journal;
using Trading.EventStore.Records;

namespace Trading.EventStore.Verification;

/// <summary>One run over the journal.</summary>
internal sealed class JournalVerification(NpgsqlDataSource source)
{
    private const int PageEvents = 8_192;

    private readonly StreamNames _names = new("journal");
    private readonly Dictionary<StreamName, long> _versions = [];

    public async IAsyncEnumerable<Finding> RunAsync(
        IProgress<Offset>? progress,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var head = await HeadAsync(cancellation);
        using var links = new ChainCheck(source, head);
        var next = PageAsync(0, cancellation);
        for (var after = 0L; after < head; after += PageEvents)
        {
            var page = await next;
            if (after + PageEvents < head)
            {
                next = PageAsync(after + PageEvents, cancellation);
            }

            var upTo = Math.Min(head, after + PageEvents);
            foreach (var finding in await Task.Run(() => Judge(page, after, upTo), cancellation))
            {
                yield return finding;
            }

            foreach (var recorded in page.Events)
            {
                await foreach (var finding in links.TakeAsync(recorded, cancellation))
                {
                    yield return finding;
                }
            }

            progress?.Report(new(upTo));
        }

        await foreach (var finding in links.EndAsync(cancellation))
        {
            yield return finding;
        }

        foreach (var stray in await BeyondAsync(head, cancellation))
        {
            yield return new(FindingKind.StrayEvent, stray, $"An event stands at {stray}, beyond the head.");
        }
    }

    // What can be said of the events of a page by themselves and in their order.
    private List<Finding> Judge(Page page, long after, long upTo)
    {
        List<Finding> findings = [.. page.Unreadable];
        var unreadable = page.Unreadable.Select(f => f.Offset.Value).ToHashSet();
        var content = new Finding?[page.Events.Count];
        Parallel.For(0, content.Length, i => content[i] = JudgeContent(page.Events[i]));
        findings.AddRange(content.OfType<Finding>());

        var expected = after + 1;
        foreach (var recorded in page.Events)
        {
            findings.AddRange(Missing(expected, recorded.Offset.Value, unreadable));
            expected = recorded.Offset.Value + 1;
            var version = _versions.GetValueOrDefault(recorded.Stream) + 1;
            if (recorded.Version.Value != version)
            {
                findings.Add(
                    new(
                        FindingKind.WrongVersion,
                        recorded.Offset,
                        $"Stream {recorded.Stream} goes on with version {recorded.Version}, not {version}."
                    )
                );
            }

            _versions[recorded.Stream] = recorded.Version.Value;
        }

        findings.AddRange(Missing(expected, upTo + 1, unreadable));
        return findings;
    }

    private static IEnumerable<Finding> Missing(long from, long before, HashSet<long> unreadable)
    {
        for (var offset = from; offset < before; offset++)
        {
            if (!unreadable.Contains(offset))
            {
                yield return new(FindingKind.MissingOffset, new(offset), $"There is no event at {offset}.");
            }
        }
    }

    private static Finding? JudgeContent(RecordedEvent recorded)
    {
        if (!EventDigest.Of(recorded).AsSpan().SequenceEqual(recorded.Digest.Span))
        {
            return new(
                FindingKind.WrongDigest,
                recorded.Offset,
                $"The event at {recorded.Offset} ({recorded.Stream}, version {recorded.Version}) is not what was recorded."
            );
        }

        try
        {
            recorded.Decode();
            return null;
        }
        catch (UnknownEventException unknown)
        {
            return new(FindingKind.Undecodable, recorded.Offset, unknown.Message);
        }
    }

    private async Task<Page> PageAsync(long after, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        var rows = await JournalRows.ReadAsync(
            connection,
            $"SELECT {JournalRows.Columns} FROM eventstore.journal "
                + $"WHERE log_offset > {after} AND log_offset <= {after + PageEvents} ORDER BY log_offset",
            _names,
            cancellation
        );
        var page = new Page([], []);
        for (var i = 0; i < rows.Count; i++)
        {
            try
            {
                page.Events.Add(rows.Decode(i));
            }
            catch (LogDamagedException damaged)
            {
                page.Unreadable.Add(new(FindingKind.Undecodable, rows.OffsetOf(i), damaged.Message));
            }
        }

        return page;
    }

    private async Task<long> HeadAsync(CancellationToken cancellation)
    {
        await using var command = source.CreateCommand(
            "SELECT last_offset FROM eventstore.journal_batch ORDER BY last_offset DESC LIMIT 1"
        );
        return await command.ExecuteScalarAsync(cancellation) is long head ? head : 0;
    }

    // In one statement, so that an append between two cannot be taken for a stray.
    private async Task<List<Offset>> BeyondAsync(long head, CancellationToken cancellation)
    {
        await using var command = source.CreateCommand(
            """
            SELECT j.log_offset FROM eventstore.journal j
            WHERE j.log_offset > $1 AND j.log_offset > (
              SELECT b.last_offset FROM eventstore.journal_batch b ORDER BY b.last_offset DESC LIMIT 1)
            OR j.log_offset < 1
            ORDER BY j.log_offset LIMIT 1000
            """
        );
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = head });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var beyond = new List<Offset>();
        while (await reader.ReadAsync(cancellation))
        {
            beyond.Add(new(reader.GetInt64(0)));
        }

        return beyond;
    }

    private sealed record Page(List<RecordedEvent> Events, List<Finding> Unreadable);
}
