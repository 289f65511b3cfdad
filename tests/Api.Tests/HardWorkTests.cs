using System.Diagnostics;
using System.Net;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Trading.Api.Observability;
using Trading.Domain.Liveness;
using Xunit;

namespace Trading.Api.Tests;

public sealed class HardWorkTests
{
    [Fact]
    public async Task Hard_work_alone_raises_no_alarm()
    {
        var seconds = int.Parse(Environment.GetEnvironmentVariable("STALL_LOAD_SECONDS") ?? "15");
        await using var world = await StallWorld.StartAsync();
        var vitals = world.Service.Running.Services.GetRequiredService<Vitals>();
        var alarms = new List<Vital>();
        var began = Stopwatch.GetTimestamp();
        for (var round = 0; Stopwatch.GetElapsedTime(began).TotalSeconds < seconds; round++)
        {
            for (var i = 0; i < 200; i++)
            {
                world.Broker.SetPrice("EURUSD", 1.1m + (i * 0.00001m), 1.2m + (round % 100 * 0.00001m));
            }

            for (var i = 0; i < 10; i++)
            {
                world.Broker.MoveCash(StallWorld.Account, 1m + i).Accepted.Should().BeTrue();
            }

            alarms.AddRange(vitals.Read().Where(part => part.State == VitalState.Stuck));
            (await world.ReadyAsync()).StatusCode.Should().Be(HttpStatusCode.OK);
        }

        alarms.Should().BeEmpty();
    }
}
