using System.Diagnostics;
using System.Text;
using FluentAssertions;
using Trading.Api.Configuration;
using Trading.Configuration;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>Files that settings and keys are read from: what is written there counts, is absent, or is refused by file and line.
/// </summary>
public sealed class SettingsFileTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-settings-").FullName;

    private string Env => Path.Combine(_folder, ".env");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_dot_env_file_is_read_with_quotes_comments_and_exports()
    {
        var variables = DotEnv.Parse(
            """
            # a comment
            PORT=3000
            export HOST = "127.0.0.1"
            SECRET='a # b'
            NOTE=text # trailing
            EMPTY=
            """
        );

        variables
            .Should()
            .Equal(
                new Dictionary<string, string>
                {
                    ["PORT"] = "3000",
                    ["HOST"] = "127.0.0.1",
                    ["SECRET"] = "a # b",
                    ["NOTE"] = "text",
                    ["EMPTY"] = "",
                }
            );
    }

    [Theory]
    [InlineData("KEY=\"value\"   # note", "value")]
    [InlineData("KEY='value'\t# note", "value")]
    [InlineData("KEY=\"value\"# note", "value")]
    [InlineData("KEY=\"value\"   ", "value")]
    [InlineData("KEY=    # note", "")]
    [InlineData("KEY=\t# note", "")]
    [InlineData("KEY= \"\" # note", "")]
    [InlineData("KEY=", "")]
    [InlineData("KEY=a#b", "a#b")]
    [InlineData("KEY=#b", "#b")]
    [InlineData("KEY=a#b #c", "a#b")]
    [InlineData("KEY=a\t# b", "a")]
    [InlineData("KEY=it's \"so\"", "it's \"so\"")]
    [InlineData("  export\tKEY = value  ", "value")]
    [InlineData("export KEY='a=b'", "a=b")]
    [InlineData("exportKEY=1\nKEY=2", "2")]
    [InlineData("KEY=1\nKEY=2", "2")]
    [InlineData("KEY=1\nKEY=", "")]
    [InlineData("KEY=\"one\\ntwo\\t\\\"three\\\" \\\\ \\$4\"", "one\ntwo\t\"three\" \\ $4")]
    [InlineData("KEY=\"C:\\data\"", "C:\\data")]
    [InlineData("KEY='C:\\new \\\"'", "C:\\new \\\"")]
    [InlineData("KEY=C:\\new", "C:\\new")]
    [InlineData("KEY=\"a # b\"", "a # b")]
    [InlineData("KEY=value\r\nOTHER=1\r\n", "value")]
    [InlineData("KEY=\"value\"  # note\r\n", "value")]
    public void A_line_gives_the_value_that_was_meant(string text, string value) =>
        DotEnv.Parse(text)["KEY"].Should().Be(value);

    [Theory]
    [InlineData("A=1\nmy secret line", "line 2 is not of the form NAME=value")]
    [InlineData("A=1\n\n=my secret", "line 3 is not of the form NAME=value")]
    [InlineData("my secret=1", "line 1 is not of the form NAME=value")]
    [InlineData("1A=my secret", "line 1 is not of the form NAME=value")]
    [InlineData("export", "line 1 is not of the form NAME=value")]
    [InlineData("A=\"my secret", "line 1 has a quote that is not closed")]
    [InlineData("A=1\nB='my secret\nC=2'", "line 2 has a quote that is not closed")]
    [InlineData("A=\"my secret\\\"", "line 1 has a quote that is not closed")]
    [InlineData("A=\"my\" secret", "line 1 has something behind the closing quote that is no remark")]
    [InlineData("A=1\r\nB=my\0secret\r\n", "line 2 is not text")]
    public void A_line_that_is_none_is_named_by_its_number_only(string text, string why)
    {
        var read = () => DotEnv.Parse(text);

        read.Should().Throw<FormatException>().Which.Message.Should().Be(why).And.NotContain("secret");
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void A_byte_order_mark_is_no_part_of_the_first_name(string encoding)
    {
        File.WriteAllText(Env, "KEY=größe\r\nB=2\r\n", Encoding.GetEncoding(encoding));
        File.ReadAllBytes(Env)[0].Should().BeOneOf((byte)0xEF, (byte)0xFE, (byte)0xFF);

        ConfigurationFile.Variables(Env)!["KEY"].Should().Be("größe");
    }

    [Fact]
    public void A_file_that_is_not_there_is_none() => ConfigurationFile.Variables(Env).Should().BeNull();

    [Fact]
    public async Task A_file_that_cannot_be_used_ends_the_start_with_78_and_one_line_that_names_it()
    {
        await EndsAsync(() => Directory.CreateDirectory(Env), ".env is a folder, not a file");
        Directory.Delete(Env);
        await EndsAsync(
            () => File.WriteAllText(Env, "A=1\nmy secret line\n"),
            ".env, line 2 is not of the form NAME=value"
        );
        await EndsAsync(
            () => File.WriteAllText(Env, "A=1\nB=\"my secret\n"),
            ".env, line 2 has a quote that is not closed"
        );
        await EndsAsync(() => File.WriteAllBytes(Env, [.. "A=1\nB="u8, 0xC3, 0x28, 0x0A]), ".env, line 2 is not text");
        await EndsAsync(() => File.WriteAllBytes(Env, new byte[2 * 1024 * 1024]), ".env is larger than");
        File.Delete(Env);
        if (OperatingSystem.IsLinux())
        {
            await EndsAsync(() => File.CreateSymbolicLink(Env, "/nowhere/at/all"), ".env cannot be read");
            File.Delete(Env);
            // Whoever may read everything is still refused by this one.
            await EndsAsync(() => File.CreateSymbolicLink(Env, "/proc/self/mem"), ".env cannot be read");
            File.Delete(Env);
        }
    }

    [Theory]
    [InlineData("master.key", "my secret\n", "master.key does not hold")]
    [InlineData("master.key", "", "master.key does not hold")]
    [InlineData("api.key", "\n", "api.key does not hold a key")]
    public async Task A_key_file_that_holds_no_key_ends_the_start_with_78_and_one_line_that_names_it(
        string name,
        string text,
        string why
    )
    {
        var data = Directory.CreateDirectory(Path.Combine(_folder, ".data")).FullName;

        await EndsAsync(() => File.WriteAllText(Path.Combine(data, name), text), why);
    }

    [Fact]
    public async Task A_data_folder_or_a_key_that_is_something_else_ends_the_start_with_78_and_one_line()
    {
        var data = Path.Combine(_folder, ".data");
        await EndsAsync(() => File.WriteAllText(data, "a file"), "TRADING_DATA: .data cannot be used");
        File.Delete(data);
        await EndsAsync(
            () => Directory.CreateDirectory(Path.Combine(data, "api.key")),
            "api.key is a folder, not a file"
        );
    }

    [Fact]
    public void A_file_that_a_variable_names_must_be_one_that_can_be_read()
    {
        var variables = new Dictionary<string, string>
        {
            ["CTRADER_CLIENT_ID"] = "app",
            ["CTRADER_CLIENT_SECRET"] = "secret",
            ["JWT_ISSUER"] = "https://issuer.example",
            ["SUPABASE_JWKS_FILE"] = _folder,
        };

        var read = () => SettingsReader.Read(variables);

        read.Should()
            .Throw<SettingsException>()
            .Which.Problems.Should()
            .ContainSingle(one => one.Contains("is a folder"));
    }

    // The service as it is started, in the folder of the test.
    private async Task EndsAsync(Action make, string why)
    {
        make();
        var start = new ProcessStartInfo("dotnet", [typeof(SettingsReader).Assembly.Location])
        {
            WorkingDirectory = _folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (
            var name in start
                .Environment.Keys.Where(name => name.StartsWith("TRADING_", StringComparison.Ordinal))
                .ToArray()
        )
        {
            start.Environment.Remove(name);
        }

        start.Environment["CTRADER_CLIENT_ID"] = "app";
        start.Environment["CTRADER_CLIENT_SECRET"] = "secret";
        start.Environment["PORT"] = "0";
        using var service = Process.Start(start)!;
        var said = service.StandardError.ReadToEndAsync();
        await service.WaitForExitAsync().WaitAsync(Patience);

        var line = (await said).Trim();
        service.ExitCode.Should().Be(78, line);
        line.Should().Contain(why).And.NotContain("\n").And.NotContain("secret").And.NotContain("   at ");
    }
}
