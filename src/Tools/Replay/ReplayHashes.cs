using Spectre.Console;
using Trading.Projections.TimeTravel;
using Trading.Tools.Events;

namespace Trading.Tools.Replay;

/// <summary>The end of a fold: how many rows each table has, and their hash.</summary>
internal static class ReplayHashes
{
    /// <summary>One object a table.</summary>
    public static async Task WriteAsync(Stream stdout, IReadOnlyList<TableHash> hashes, CancellationToken cancellation)
    {
        using var output = new LineOutput(stdout);
        foreach (var table in hashes)
        {
            var writer = output.Begin();
            writer.WriteStartObject();
            writer.WriteString("table"u8, table.Table);
            writer.WriteNumber("rows"u8, table.Rows);
            writer.WriteString("sha256"u8, table.Sha256);
            writer.WriteNumber("parked"u8, table.Parked.Count);
            writer.WriteEndObject();
            await output.EndAsync(cancellation);
        }

        await output.FlushAsync(cancellation);
    }

    /// <summary>The same as a table for people.</summary>
    public static void Show(IReadOnlyList<TableHash> hashes)
    {
        var shown = new Table().AddColumn("table").AddColumn(new TableColumn("rows").RightAligned());
        shown.AddColumn(new TableColumn("sha256").NoWrap());
        foreach (var table in hashes)
        {
            shown.AddRow(table.Table, $"{table.Rows:N0}", table.Sha256);
        }

        AnsiConsole.Write(shown);
    }
}
