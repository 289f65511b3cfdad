using System.Text;
using System.Text.Json;
using FluentAssertions;
using Npgsql;
using Trading.Domain.Logs;
using Trading.EventStore.Transfer;
using Trading.EventStore.Verification;
using Trading.TestKit;
using Xunit;

namespace Trading.EventStore.Tests.Postgres;

/// <summary>A journal written to a file and read back into an empty database is the same journal.</summary>
public sealed class Transfers : IAsyncLifetime
{
    private PostgresDatabase _from = null!;
    private PostgresDatabase _to = null!;
    private PostgresLogs _logs = null!;

    public async Task InitializeAsync()
    {
        _from = await PostgresDatabase.CreateAsync();
        _to = await PostgresDatabase.CreateAsync();
        _logs = await PostgresLogs.OpenAsync(_from.ConnectionString, new() { MasterKey = new byte[32] });
        await EventStoreSchema.MigrateAsync(_to.DataSource);
        var streams = new[] { Some.Stream(), Some.Stream("session") };
        for (var i = 0; i < 12; i++)
        {
            await _logs.Journal.AppendedAsync(Some.Request(streams[i % 2], count: 1 + (i * 7 % 5)));
        }
    }

    public async Task DisposeAsync()
    {
        await _logs.DisposeAsync();
        await _from.DisposeAsync();
        await _to.DisposeAsync();
    }

    [Fact]
    public async Task The_copy_has_the_same_events_the_same_chain_and_answers_repeats_alike()
    {
        var outcome = await ImportAsync(await ExportAsync());

        var head = await new LogVerifier(_logs.Reader).HeadAsync();
        var imported = outcome.Should().BeOfType<ImportOutcome.Imported>().Subject;
        imported.Head.Offset.Should().Be(head.Offset);
        imported.Head.Hash.ToArray().Should().Equal(head.Hash.ToArray());
        await using var copy = await PostgresLogs.OpenAsync(_to.ConnectionString);
        (await FindAsync(copy)).Should().BeEmpty();
        (await EventsAsync(copy)).Should().Equal(await EventsAsync(_logs));
        (await RowsAsync(_to, "journal_batch")).Should().Equal(await RowsAsync(_from, "journal_batch"));
        var repeated = (await copy.Journal.ReadAllAsync())[3];
        (
            await copy.Journal.AppendAsync(
                Some.Request(Some.Stream()) with
                {
                    Events = [Some.Event(id: repeated.Id)],
                },
                default
            )
        )
            .Should()
            .Be(new AppendOutcome.Duplicate(repeated.Offset));
    }

    [Fact]
    public async Task The_copy_goes_on_where_the_journal_ended()
    {
        await ImportAsync(await ExportAsync());
        await using var copy = await PostgresLogs.OpenAsync(_to.ConnectionString);
        var last = (await copy.Journal.ReadAllAsync())[^1];

        await copy.Journal.AppendedAsync(Some.Request(last.Stream, expected: last.Version.Value));

        (await FindAsync(copy)).Should().BeEmpty();
    }

    [Fact]
    public async Task Every_line_is_a_cloud_event()
    {
        var lines = Encoding.UTF8.GetString(await ExportAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        foreach (var line in lines)
        {
            var json = JsonDocument.Parse(line).RootElement;
            json.GetProperty("specversion").GetString().Should().Be("1.0");
            Guid.TryParse(json.GetProperty("id").GetString(), out _).Should().BeTrue();
            json.GetProperty("source").GetString().Should().StartWith("urn:trading:journal:");
            json.GetProperty("type").GetString().Should().NotBeEmpty();
            // CloudEvents 1.0: attribute names are lower-case letters and digits.
            json.EnumerateObject()
                .Select(property => property.Name)
                .Where(name => name is not ("data" or "data_base64"))
                .Should()
                .OnlyContain(name => name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)));
        }
    }

    [Fact]
    public async Task A_range_is_widened_to_whole_commits()
    {
        using var file = new MemoryStream();
        var result = await new JournalExport(_logs.Reader).WriteAsync(
            file,
            new()
            {
                From = new(5),
                To = new(8),
                Readable = true,
            }
        );

        var links = await new PostgresJournalRows(_logs.Reader).LinksAsync(0, long.MaxValue, 100, default);
        links.Select(link => link.First).Should().Contain(result.First.Value);
        links.Select(link => link.Last).Should().Contain(result.Last.Value);
        (result.First.Value <= 5 && result.Last.Value >= 8).Should().BeTrue();
        Encoding.UTF8.GetString(file.ToArray()).Should().Contain("\"data\":{\"accountId\":\"42\"");
    }

    [Fact]
    public async Task An_import_that_was_cut_off_goes_on_where_it_stopped()
    {
        var whole = await ExportAsync();
        var lines = Encoding.UTF8.GetString(whole).Split('\n');
        var cut = Encoding.UTF8.GetBytes(string.Join('\n', lines[..10]) + "\n");

        var first = await ImportAsync(cut);
        await _logs.Journal.AppendedAsync(Some.Request(Some.Stream(), count: 3));
        var second = await ImportAsync(await ExportAsync());
        var third = await ImportAsync(await ExportAsync());

        first.Should().BeOfType<ImportOutcome.Refused>().Which.Reason.Should().Contain("cut short");
        second.Should().BeOfType<ImportOutcome.Imported>();
        third.Should().BeOfType<ImportOutcome.Imported>().Which.Events.Should().Be(0);
        await using var copy = await PostgresLogs.OpenAsync(_to.ConnectionString);
        (await EventsAsync(copy)).Should().Equal(await EventsAsync(_logs));
    }

    [Fact]
    public async Task A_later_part_joins_the_earlier_one()
    {
        var first = await ExportAsync();
        var head = await _logs.Journal.HeadAsync(default);
        await _logs.Journal.AppendedAsync(Some.Request(Some.Stream(), count: 4));
        var rest = await ExportAsync(new() { From = head.Plus(1) });

        var tooEarly = await ImportAsync(rest);
        await ImportAsync(first);
        var joined = await ImportAsync(rest);

        tooEarly.Should().BeOfType<ImportOutcome.Refused>();
        joined.Should().BeOfType<ImportOutcome.Imported>().Which.Events.Should().Be(4);
        await using var copy = await PostgresLogs.OpenAsync(_to.ConnectionString);
        (await FindAsync(copy)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_journal_with_another_past_is_refused_and_left_as_it_was()
    {
        await using var other = await PostgresLogs.OpenAsync(_to.ConnectionString);
        await other.Journal.AppendedAsync(Some.Request(Some.Stream(), count: 2));
        var before = await RowsAsync(_to, "journal");

        var outcome = await ImportAsync(await ExportAsync());

        outcome.Should().BeOfType<ImportOutcome.Refused>().Which.Reason.Should().Contain("Nothing was written");
        (await RowsAsync(_to, "journal")).Should().Equal(before);
    }

    [Fact]
    public async Task A_file_that_was_changed_anywhere_is_refused_or_says_the_same()
    {
        var file = await ExportAsync();
        var random = Seeded.Random();
        for (var i = 0; i < 60; i++)
        {
            var changed = file.ToArray();
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            if (await ImportAsync(changed) is ImportOutcome.Imported imported)
            {
                // The change hit what is only for readers: the source's name, a media type, a space.
                await using var copy = await PostgresLogs.OpenAsync(_to.ConnectionString);
                imported
                    .Head.Hash.ToArray()
                    .Should()
                    .Equal((await new LogVerifier(_logs.Reader).HeadAsync()).Hash.ToArray());
                (await FindAsync(copy)).Should().BeEmpty();
            }

            await EmptyAsync();
        }
    }

    [Fact]
    public async Task Keys_come_along_only_when_asked_for()
    {
        var user = Domain.UserKey.Of("trader@example.com");
        var box = await _logs.Sealer.SealAsync(user, "secret", default);
        await using var app = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(_from.ConnectionString)
            {
                Options = $"-c role={EventStoreSchema.AppRole}",
            }.ConnectionString
        );
        await using var copy = await PostgresLogs.OpenAsync(_to.ConnectionString, new() { MasterKey = new byte[32] });

        await ImportAsync(await ExportAsync());
        var without = await copy.Sealer.OpenAsync(user, box, default);
        using var file = new MemoryStream();
        await new JournalExport(app).WriteAsync(file, new() { WithKeys = true });
        await ImportAsync(file.ToArray());
        await using var later = await PostgresLogs.OpenAsync(_to.ConnectionString, new() { MasterKey = new byte[32] });
        var with = await later.Sealer.OpenAsync(user, box, default);

        (without, with).Should().Be((null, "secret"));
    }

    private async Task<byte[]> ExportAsync(ExportOptions? options = null)
    {
        using var file = new MemoryStream();
        await new JournalExport(_logs.Reader).WriteAsync(file, options ?? new());
        return file.ToArray();
    }

    private Task<ImportOutcome> ImportAsync(byte[] file) =>
        new JournalImport(_to.DataSource).RunAsync(new MemoryStream(file));

    private Task EmptyAsync() =>
        RawAppend.ExecuteAsync(
            _to,
            "SET session_replication_role = replica; TRUNCATE eventstore.journal, eventstore.journal_batch, "
                + "eventstore.journal_stream; RESET session_replication_role"
        );

    private static async Task<List<string>> RowsAsync(PostgresDatabase database, string table)
    {
        await using var command = database.DataSource.CreateCommand(
            $"SELECT t::text FROM eventstore.{table} t ORDER BY 1"
        );
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }

    private static async Task<IEnumerable<string>> EventsAsync(PostgresLogs logs) =>
        (await logs.Journal.ReadAllAsync()).Select(e =>
            $"{e.Offset} {e.Stream} {e.Version} {e.Id} {e.Type} {e.User} {e.OccurredAt:O} {e.RecordedAt:O} "
            + $"{e.CorrelationId} {e.CausationId} {Convert.ToHexString(e.Digest.Span)} {Convert.ToHexString(e.Payload.Span)}"
        );

    private static async Task<List<Finding>> FindAsync(PostgresLogs logs)
    {
        var found = new List<Finding>();
        await foreach (var finding in new LogVerifier(logs.Reader).VerifyJournalAsync())
        {
            found.Add(finding);
        }

        return found;
    }
}
