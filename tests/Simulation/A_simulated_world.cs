using System.Diagnostics;
using FluentAssertions;
using Trading.Simulation.Audit;
using Trading.Simulation.Mutants;
using Trading.Simulation.World;
using Xunit;
using Xunit.Abstractions;

namespace Trading.Simulation;

public sealed class A_simulated_world(ITestOutputHelper output)
{
    /// <summary>How many seeds are tried; more with <c>./build.sh --target=Simulate --seeds=N</c>.</summary>
    public const int SeedsTried = 600;

    [Fact]
    public void Keeps_every_promise_under_the_seeds_that_are_always_tried()
    {
        var clock = Stopwatch.StartNew();
        var tally = Tally.Of(1, SeedsTried, Math.Min(2, Environment.ProcessorCount));
        var report = new StringWriter();
        tally.Write(report, clock.Elapsed);
        output.WriteLine(report.ToString());

        tally.Failures.Select(failure => $"{failure}; {failure.Replay}").Should().BeEmpty();
        tally.NeverSeen.Should().BeEmpty("a fault that never strikes is not survived");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(71)]
    [InlineData(144)]
    public void Is_the_same_world_again_under_the_same_seed(int seed)
    {
        var once = World.Simulation.Run(seed);
        var again = World.Simulation.Run(seed);

        again.Hash.Should().Be(once.Hash);
        again.Trace.Should().Equal(once.Trace);
    }

    [Fact]
    public async Task Is_the_same_world_again_in_another_process()
    {
        var here = World.Simulation.Run(7);
        var assembly = typeof(SimulateCommand).Assembly.Location;
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", [assembly, "--seed=7"]) { RedirectStandardOutput = true }
        )!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        said.Should().EndWith($"trace {here.Hash}{Environment.NewLine}");
        process.ExitCode.Should().Be(0);
    }

    [Fact]
    public void Is_another_world_under_another_seed() =>
        World.Simulation.Run(1).Hash.Should().NotBe(World.Simulation.Run(2).Hash);

    [Fact]
    public void A_failing_plan_is_cut_down_and_still_fails_the_same_way()
    {
        var failure = World.Simulation.Run(2, KnownMutants.ForgetsProfits);

        var shrunk = Shrinking.Shrink(failure, KnownMutants.ForgetsProfits);

        shrunk.Found!.Rule.Should().Be(MoneyRules.Together);
        shrunk.Plan.Deeds.Count.Should().BeLessThan(failure.Plan.Deeds.Count / 2);
        World.Simulation.Run(shrunk.Plan, KnownMutants.ForgetsProfits).Hash.Should().Be(shrunk.Hash);
    }

    [Fact]
    public void The_command_line_says_how_to_see_a_seed_again_and_refuses_what_it_does_not_know()
    {
        var said = new StringWriter();

        new SimulateCommand(said).Run(["--seeds=2", "--threads=1"]).Should().Be(0);
        new SimulateCommand(said).Run(["--speed=2"]).Should().Be(2);

        said.ToString().Should().Contain("2 seeds in").And.Contain("'--speed=2' is none of");
    }
}
