using FluentAssertions;
using Trading.Domain.Logs;
using Trading.EventStore.Journal;
using Trading.TestKit;
using Xunit;

namespace Trading.EventStore.Tests.Postgres;

/// <summary>Where a stream stood at an offset, found without reading the stream.</summary>
public sealed class PlacesInStreams(PostgresDatabase database) : IClassFixture<PostgresDatabase>
{
    [Fact]
    public async Task The_version_at_an_offset_is_the_count_of_events_up_to_it()
    {
        await using var logs = await PostgresLogs.OpenAsync(database.ConnectionString);
        var places = new StreamPlaces(logs.Reader);
        var random = Seeded.Random();
        StreamName[] streams = [Some.Stream(), Some.Stream(), Some.Stream()];
        for (var i = 0; i < 60; i++)
        {
            await logs.Journal.AppendedAsync(Some.Request(streams[random.Next(3)], count: 1 + random.Next(4)));
        }

        var all = await logs.Journal.ReadAllAsync();
        for (var offset = 0; offset <= all.Count + 2; offset++)
        {
            foreach (var stream in streams)
            {
                var counted = all.Count(e => e.Stream == stream && e.Offset.Value <= offset);
                (await places.VersionAtAsync(stream, new(offset), default)).Value.Should().Be(counted);
            }
        }

        (await places.VersionAtAsync(Some.Stream(), new(all.Count), default)).Should().Be(StreamVersion.None);
    }
}
