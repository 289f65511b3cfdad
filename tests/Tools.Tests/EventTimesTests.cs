using System.Globalization;
using FluentAssertions;
using Google.Protobuf;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.EventStore;
using Trading.Protocol.CTrader;
using Trading.TestKit;
using Xunit;

namespace Trading.Tools.Tests;

public sealed class EventTimesTests(TradedDatabase traded) : IClassFixture<TradedDatabase>
{
    [Fact]
    public async Task The_journal_is_read_between_two_times()
    {
        var all = await AllAsync(traded.Logs.Journal);
        var (since, until) = (all[2].RecordedAt, all[^3].RecordedAt);

        var run = await traded.RunAsync("events", $"--since={Text(since)}", $"--until={Text(until)}", "--json");

        run.ExitCode.Should().Be(0, run.Error);
        run.Objects.Select(line => line.GetProperty("offset").GetInt64())
            .Should()
            .Equal(all.Where(e => e.RecordedAt >= since && e.RecordedAt <= until).Select(e => e.Offset.Value));
    }

    [Fact]
    public async Task All_of_time_may_be_asked_for()
    {
        var run = await traded.RunAsync("events", "--since=0001-01-01", "--until=9999-12-31", "--json");

        run.ExitCode.Should().Be(0, run.Error);
        run.Lines.Should().HaveSameCount(await AllAsync(traded.Logs.Journal));
    }

    [Fact]
    public async Task The_market_log_is_read_between_two_times()
    {
        var second = await traded.Logs.Market.NewestAsync(
            StreamName.Parse("feed-demo"),
            new("EURUSD"),
            new(2),
            default
        );

        var run = await traded.RunAsync(
            "events",
            "--log=market",
            $"--since={Text(second!.Value.RecordedAt)}",
            $"--until={Text(second.Value.RecordedAt)}"
        );

        run.Objects.Should().ContainSingle().Which.GetProperty("offset").GetInt64().Should().Be(2);
    }

    [Fact]
    public async Task The_brokers_message_stands_beside_the_event_in_words()
    {
        await using var own = await PostgresDatabase.CreateAsync();
        await using var logs = await PostgresLogs.OpenAsync(own.ConnectionString);
        var words = new ProtoOATrader
        {
            CtidTraderAccountId = 42,
            Balance = 1_025_000,
            DepositAssetId = 7,
        };
        var changed = Journal.Balance(10_250m);
        changed.Source = new() { Type = "ProtoOATrader", Body = words.ToByteString() };
        var strange = Journal.Balance(1m);
        strange.Source = new() { Type = "SomethingElse", Body = ByteString.CopyFrom(1, 2) };
        await Journal.AppendAsync(logs, Journal.Ann, changed, Journal.Balance(7m), strange, new SessionStarted());

        var run = await ToolProcess.RunAsync("events", $"--connection={own.ConnectionString}");

        run.ExitCode.Should().Be(0, run.Error);
        var broker = run.Objects[0].GetProperty("broker");
        broker.GetProperty("type").GetString().Should().Be("ProtoOATrader");
        broker.GetProperty("message").GetProperty("balance").GetString().Should().Be("1025000");
        run.Objects[0]
            .GetProperty("data")
            .GetProperty("source")
            .GetProperty("body")
            .GetBytesFromBase64()
            .Should()
            .Equal(words.ToByteArray());
        run.Objects[1].GetProperty("broker").TryGetProperty("undecodable", out _).Should().BeTrue();
        run.Objects[2].GetProperty("broker").TryGetProperty("undecodable", out _).Should().BeTrue();
        run.Objects[3].TryGetProperty("broker", out _).Should().BeFalse();
    }

    [Fact]
    public async Task A_time_that_is_none_ends_with_2()
    {
        var run = await traded.RunAsync("events", "--since=12");

        run.ExitCode.Should().Be(2);
        run.Error.Should().Contain("ISO 8601");
    }

    private static string Text(DateTimeOffset time) => time.ToString("O", CultureInfo.InvariantCulture);

    private static async Task<List<RecordedEvent>> AllAsync(IEventLog journal)
    {
        var all = new List<RecordedEvent>();
        await foreach (var batch in journal.ReadAsync(Offset.Start, default))
        {
            all.AddRange(batch);
        }

        return all;
    }
}
