using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace Trading.Tools.Doctor;

/// <summary>Tells what was found: for people, or for programs one JSON object a line.</summary>
internal sealed class DoctorReport(bool json)
{
    private const int NameWidth = 22;

    /// <summary>One check has looked.</summary>
    public void Tell(string check, Diagnosis diagnosis)
    {
        if (json)
        {
            Line(writer =>
            {
                writer.WriteString("check"u8, check);
                writer.WriteString("verdict"u8, Word(diagnosis.Verdict));
                writer.WriteString("what"u8, diagnosis.What);
                writer.WriteString("remedy"u8, diagnosis.Remedy);
            });
            return;
        }

        var colour = diagnosis.Verdict switch
        {
            Verdict.Ok => "green",
            Verdict.Warn => "yellow",
            Verdict.Fail => "red",
            _ => "grey",
        };
        AnsiConsole.Markup($"[{colour}]{Word(diagnosis.Verdict), -8}[/]");
        // Not through Spectre: wrapped, a command in it could not be copied.
        Console.WriteLine($"{check.PadRight(NameWidth)} {diagnosis.What}");
        if (diagnosis.Remedy.Length > 0)
        {
            Console.WriteLine($"{"", 8}{"", NameWidth} -> {diagnosis.Remedy}");
        }
    }

    /// <summary>All have looked.</summary>
    public void End(IReadOnlyCollection<Verdict> verdicts)
    {
        int Count(Verdict verdict) => verdicts.Count(one => one == verdict);
        if (json)
        {
            Line(writer =>
            {
                foreach (var verdict in Enum.GetValues<Verdict>())
                {
                    writer.WriteNumber(Word(verdict), Count(verdict));
                }
            });
            return;
        }

        Console.WriteLine(
            $"{Count(Verdict.Ok)} ok, {Count(Verdict.Warn)} to look after, {Count(Verdict.Fail)} wrong, "
                + $"{Count(Verdict.Unknown)} could not be looked at."
        );
    }

    private static string Word(Verdict verdict) => verdict.ToString().ToLowerInvariant();

    private static void Line(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        Console.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }
}
