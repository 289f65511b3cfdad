using FluentAssertions;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.EventStore.Archive;
using Trading.EventStore.Verification;
using Trading.TestKit;
using Xunit;

namespace Trading.EventStore.Tests.Postgres;

/// <summary>Old ticks leave the database for files, and whoever reads sees no difference.</summary>
public sealed class Archiving : IAsyncLifetime
{
    // As in 002_market.sql
    private const long TicksOfAPartition = 16_777_216;

    private readonly string _folder = Directory.CreateTempSubdirectory("trading-archive-test-").FullName;
    private PostgresDatabase _database = null!;
    private PostgresLogs _logs = null!;

    private MarketArchive Archive => new(_database.DataSource, _folder);

    private ITickLog WithArchive => new ArchivedTickLog(_logs.Market, _folder);

    public async Task InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        _logs = await PostgresLogs.OpenAsync(_database.ConnectionString);
        var feed = Some.Stream("feed");
        var epoch = (await _logs.Market.ClaimAsync(feed, default)).Epoch;
        await _logs.Market.AppendAsync(feed, epoch, Some.Ticks(Seeded.Random(1), 20), default);
        // As if millions of ticks had come.
        await RawAppend.ExecuteAsync(
            _database,
            "UPDATE eventstore.market SET first_offset = first_offset + "
                + $"{TicksOfAPartition - 45}, last_offset = last_offset + {TicksOfAPartition - 45}"
        );
        var ticks = Some.Ticks(Seeded.Random(3), 100);
        for (var i = 0; i < 10; i++)
        {
            await _logs.Market.AppendAsync(feed, epoch, ticks.AsMemory(i * 10, 10), default);
        }
    }

    public async Task DisposeAsync()
    {
        await _logs.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Readers_and_followers_with_the_archive_see_the_ticks_as_before()
    {
        var before = await ReadAsync(_logs.Market, default);
        var middle = new Offset(TicksOfAPartition - 35);
        var later = await ReadAsync(_logs.Market, middle);

        var files = await Archive.RunAsync(DateTimeOffset.MaxValue);

        files.Should().ContainSingle();
        (await ReadAsync(_logs.Market, default)).Should().HaveCountLessThan(before.Count);
        (await ReadAsync(WithArchive, default)).Should().Equal(before);
        (await ReadAsync(WithArchive, middle)).Should().Equal(later);
        (await FollowAsync(WithArchive, default, before.Count)).Should().Equal(before);
        Findings().Should().BeEmpty();
        (await Archive.RunAsync(DateTimeOffset.MaxValue)).Should().BeEmpty("the newest partition stays");
    }

    [Fact]
    public async Task What_is_not_old_enough_stays()
    {
        (await Archive.RunAsync(Some.Noon)).Should().BeEmpty();

        Directory.GetFiles(_folder).Should().BeEmpty();
    }

    [Theory]
    [InlineData("half a file", false)]
    [InlineData("file without manifest", true)]
    [InlineData("all but the drop", true)]
    public async Task Killed_anywhere_it_goes_on_and_loses_nothing(string when, bool whole)
    {
        var before = await ReadAsync(_logs.Market, default);
        // Files as a killed run leaves them, and the partition still there.
        await using (var transaction = await CopyPartitionAsync())
        {
            await Archive.RunAsync(DateTimeOffset.MaxValue);
            await transaction.RestoreAsync();
        }

        var file = ArchiveManifest.Read(_folder).Files[0];
        if (when != "all but the drop")
        {
            File.Delete(Path.Combine(_folder, ArchiveManifest.FileName));
        }

        if (!whole)
        {
            var path = Path.Combine(_folder, file.Name);
            var bytes = await File.ReadAllBytesAsync(path);
            await File.WriteAllBytesAsync($"{path}.part", bytes[..(bytes.Length / 2)]);
            File.Delete(path);
        }

        (await Archive.RunAsync(DateTimeOffset.MaxValue)).Should().ContainSingle();

        (await ReadAsync(WithArchive, default)).Should().Equal(before);
        Findings().Should().BeEmpty();
    }

    [Fact]
    public async Task A_damaged_file_is_found_and_its_partition_is_not_dropped_for_it()
    {
        var before = await ReadAsync(_logs.Market, default);
        await using (var transaction = await CopyPartitionAsync())
        {
            await Archive.RunAsync(DateTimeOffset.MaxValue);
            await transaction.RestoreAsync();
        }

        var path = Path.Combine(_folder, ArchiveManifest.Read(_folder).Files[0].Name);
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);

        await FluentActions
            .Awaiting(() => Archive.RunAsync(DateTimeOffset.MaxValue))
            .Should()
            .ThrowAsync<InvalidDataException>();

        (await ReadAsync(_logs.Market, default)).Should().Equal(before, "the log still has them");
        Findings().Should().ContainSingle().Which.Kind.Should().Be(FindingKind.DamagedArchive);
        File.Delete(path);
        Findings().Should().ContainSingle().Which.Kind.Should().Be(FindingKind.DamagedArchive);
    }

    private List<Finding> Findings() => [.. ArchiveVerifier.Verify(_folder)];

    private Task<PartitionCopy> CopyPartitionAsync() => PartitionCopy.TakeAsync(_database);

    private static async Task<List<Tick>> ReadAsync(ITickLog log, Offset after)
    {
        var ticks = new List<Tick>();
        await foreach (var block in log.ReadAsync(after, default))
        {
            ticks.AddRange(block.Ticks.ToArray());
        }

        return ticks;
    }

    private static async Task<List<Tick>> FollowAsync(ITickLog log, Offset after, int count)
    {
        var ticks = new List<Tick>();
        await foreach (var block in log.SubscribeAsync(after, default))
        {
            ticks.AddRange(block.Ticks.ToArray());
            if (ticks.Count >= count)
            {
                break;
            }
        }

        return ticks;
    }

    /// <summary>A partition's rows, to put it back as if it had never been dropped.</summary>
    private sealed class PartitionCopy(PostgresDatabase database) : IAsyncDisposable
    {
        public static async Task<PartitionCopy> TakeAsync(PostgresDatabase database)
        {
            await RawAppend.ExecuteAsync(database, "CREATE TABLE kept AS SELECT * FROM eventstore.market_0000000000");
            return new(database);
        }

        public Task RestoreAsync() =>
            RawAppend.ExecuteAsync(
                database,
                "SET ROLE trading_owner; SELECT eventstore.market_add_partition(1); RESET ROLE; INSERT INTO eventstore.market SELECT * FROM kept"
            );

        public async ValueTask DisposeAsync() => await RawAppend.ExecuteAsync(database, "DROP TABLE kept");
    }
}
