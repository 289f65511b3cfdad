using System.Text;
using FluentAssertions;
using Trading.EventStore;
using Trading.TestKit;
using Xunit;

namespace Trading.Tools.Tests;

public sealed class TransferTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-transfer-test-").FullName;
    private PostgresDatabase _from = null!;
    private PostgresDatabase _to = null!;

    private string File => Path.Combine(_folder, "journal.ndjson.gz");

    public async Task InitializeAsync()
    {
        _from = await PostgresDatabase.CreateAsync();
        _to = await PostgresDatabase.CreateAsync();
        await using var logs = await PostgresLogs.OpenAsync(_from.ConnectionString);
        await Journal.AppendAsync(logs, Journal.Ann, Journal.Balance(1m), Journal.Balance(2m));
        await Journal.AppendAsync(logs, Journal.Bob, Journal.Position("EURUSD"));
    }

    public async Task DisposeAsync()
    {
        await _from.DisposeAsync();
        await _to.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_compressed_export_becomes_the_same_journal_in_a_database_without_anything()
    {
        var export = await ToolProcess.RunAsync("export", From, $"--out={File}", "--json");
        var import = await ToolProcess.RunAsync("import", File, To, "--json");
        var verified = await ToolProcess.RunAsync("verify", To, "--log=journal");

        export.ExitCode.Should().Be(0, export.Error);
        import.ExitCode.Should().Be(0, import.Error);
        import.Objects[0].GetProperty("events").GetInt64().Should().Be(3);
        import
            .Objects[0]
            .GetProperty("hash")
            .GetString()
            .Should()
            .Be(export.Objects[0].GetProperty("hash").GetString());
        verified.ExitCode.Should().Be(0, verified.Output);
        Directory.GetFiles(_folder).Should().ContainSingle("nothing half written is left");
    }

    [Fact]
    public async Task What_cannot_be_done_is_said_with_2_and_what_is_wrong_with_1()
    {
        await ToolProcess.RunAsync("export", From, $"--out={File}");
        var again = await ToolProcess.RunAsync("export", From, $"--out={File}");
        var nowhere = await ToolProcess.RunAsync("export", From, $"--out={_folder}/none/journal.ndjson");
        var missing = await ToolProcess.RunAsync("import", Path.Combine(_folder, "none"), To);
        await using (var logs = await PostgresLogs.OpenAsync(_to.ConnectionString))
        {
            await Journal.AppendAsync(logs, Journal.Bob, Journal.Balance(5m));
        }

        var other = await ToolProcess.RunAsync("import", File, To);

        (again.ExitCode, nowhere.ExitCode, missing.ExitCode, other.ExitCode).Should().Be((2, 2, 2, 1));
        other.Error.Should().Contain("Nothing was written");
    }

    [Theory]
    [InlineData("--from=1.5", "--from is an offset")]
    [InlineData("--to=18:30", "--to is an offset")]
    [InlineData("--from=01/02/2026", "--from is an offset")]
    [InlineData("--from=3 --to=2", "--from=3 lies after --to=2")]
    public async Task A_range_that_is_none_ends_with_2_and_leaves_no_file(string options, string why)
    {
        var run = await ToolProcess.RunAsync(["export", From, $"--out={File}", .. options.Split(' ')]);

        run.ExitCode.Should().Be(2);
        run.Error.Should().Contain(why);
        System.IO.File.Exists(File).Should().BeFalse();
    }

    [Fact]
    public async Task A_line_that_is_wrong_is_named_by_its_number()
    {
        var lines = (await ToolProcess.RunAsync("export", From)).Lines.ToArray();
        lines[1] = lines[1][..^9];
        var file = Path.Combine(_folder, "cut.ndjson");
        await System.IO.File.WriteAllLinesAsync(file, lines);

        var run = await ToolProcess.RunAsync("import", file, To);

        run.ExitCode.Should().Be(1);
        run.Error.Should().StartWith("Line 2 is not an event").And.NotContain("LineNumber");
    }

    [Fact]
    public async Task What_an_editor_does_to_a_files_ends_of_lines_and_its_beginning_does_no_harm()
    {
        var lines = (await ToolProcess.RunAsync("export", From)).Lines;
        var file = Path.Combine(_folder, "edited.ndjson");
        await System.IO.File.WriteAllTextAsync(file, string.Join("\r\n", lines) + "\r\n", Encoding.UTF8);

        var run = await ToolProcess.RunAsync("import", file, To, "--json");

        run.ExitCode.Should().Be(0, run.Error);
        run.Objects.Single().GetProperty("events").GetInt64().Should().Be(lines.Count - 1);
    }

    [Fact]
    public async Task Without_a_file_the_lines_go_to_standard_output()
    {
        var run = await ToolProcess.RunAsync("export", From, "--readable", "--from=3");

        run.ExitCode.Should().Be(0, run.Error);
        run.Objects.Should().HaveCount(2);
        run.Objects[0]
            .GetProperty("data")
            .GetProperty("position")
            .GetProperty("symbol")
            .GetString()
            .Should()
            .Be("EURUSD");
    }

    private string From => $"--connection={_from.ConnectionString}";

    private string To => $"--connection={_to.ConnectionString}";
}
