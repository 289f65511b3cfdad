using System.Text.Json;
using FluentAssertions;
using Trading.Tools.Doctor;
using Xunit;

namespace Trading.Tools.Tests.Doctor;

/// <summary>The verb as it is called.</summary>
public sealed class DoctorCommandTests : IAsyncLifetime
{
    private Patient _patient = null!;

    public async Task InitializeAsync() => _patient = await Patient.HealthyAsync();

    public async Task DisposeAsync() => await _patient.DisposeAsync();

    [Fact]
    public async Task A_database_in_good_order_is_clean()
    {
        var run = await RunAsync("--only", "migrations", "chain", "parked", "projections", "checkpoints", "durability");

        run.ExitCode.Should().Be(0, run.Output + run.Error);
        run.Objects.SkipLast(1).Select(line => line.GetProperty("verdict").GetString()).Should().AllBe("ok");
        run.Objects[^1].GetProperty("ok").GetInt32().Should().Be(run.Objects.Count - 1);
    }

    [Fact]
    public async Task What_was_found_ends_with_one_and_says_what_to_do()
    {
        await _patient.DoAsync("DELETE FROM eventstore.migration");

        var run = await RunAsync("--only", "migrations");

        run.ExitCode.Should().Be(1);
        var line = run.Objects[0];
        line.GetProperty("check").GetString().Should().Be("migrations");
        line.GetProperty("verdict").GetString().Should().Be("fail");
        line.GetProperty("remedy").GetString().Should().NotBeEmpty();
    }

    [Fact]
    public async Task What_could_not_be_looked_at_ends_with_two()
    {
        await using var bare = await Patient.BareAsync();

        var run = await ToolProcess.RunAsync("doctor", "--connection", bare.ConnectionString, "--only", "parked");

        run.ExitCode.Should().Be(2, run.Output);
        run.Objects[0].GetProperty("verdict").GetString().Should().Be("unknown");
    }

    [Fact]
    public async Task The_whole_examination_tells_of_every_check_and_shows_no_secret()
    {
        var file = Path.Combine(_patient.Folder, "service.env");
        await File.WriteAllTextAsync(
            file,
            "TRADING_API_KEY=aaaa-secret-aaaa-aaaa\nCTRADER_HOST=127.0.0.1\nCTRADER_PORT=1\n"
        );

        var run = await RunAsync("--env-file", file, "--data", _patient.Folder);

        run.ExitCode.Should().Be(1);
        run.Objects.Should().HaveCount(Examination.All.Count + 1);
        run.Objects.Select(Name).OfType<string>().Should().OnlyHaveUniqueItems().And.HaveCount(Examination.All.Count);
        run.Output.Should().NotContain("aaaa-secret").And.NotContain("Password");
    }

    [Fact]
    public async Task A_check_that_does_not_exist_is_refused_with_those_that_do()
    {
        var run = await RunAsync("--only", "weather");

        run.ExitCode.Should().Be(2);
        run.Error.Should().Contain("migrations");
    }

    [Fact]
    public void There_are_more_checks_than_fifteen_each_with_a_name_of_its_own() =>
        Examination.All.Select(check => check.Name).Should().OnlyHaveUniqueItems().And.HaveCountGreaterThan(15);

    private Task<ToolRun> RunAsync(params string[] args) =>
        ToolProcess.RunAsync(["doctor", "--connection", _patient.ConnectionString, .. args]);

    private static string? Name(JsonElement line) =>
        line.TryGetProperty("check", out var name) ? name.GetString() : null;
}
