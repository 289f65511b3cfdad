using System.Text.Json;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Projections.Messages;

namespace Trading.Tools.State;

/// <summary>Any aggregate at a moment.</summary>
/// <param name="Stream">Which.</param>
/// <param name="At">The moment.</param>
/// <param name="Newest">Its last event by then.</param>
/// <param name="Fold">What its events made of it.</param>
internal sealed record StreamState(StreamName Stream, AsOf At, PastEvent Newest, IStreamFold Fold)
{
    /// <summary>Folds a stream up to a moment; null when it had no event then.</summary>
    public static async Task<StreamState?> FindAsync(
        IEventLog journal,
        StreamName stream,
        AsOf at,
        IProgress<long> progress,
        CancellationToken cancellation
    )
    {
        var fold = StreamFolds.Of(stream);
        PastEvent? newest = null;
        await foreach (var page in journal.ReplayAsync(stream, StreamVersion.None, cancellation))
        {
            foreach (var past in page.TakeWhile(past => past.Offset.Value <= at.Offset))
            {
                fold.Take(past);
                newest = past;
            }

            if (page[^1].Offset.Value > at.Offset)
            {
                break;
            }

            progress.Report(page[^1].Version.Value);
        }

        return newest is { } last ? new(stream, at, last, fold) : null;
    }

    /// <summary>Why there is nothing to show.</summary>
    public static ToolException None(StreamName stream, AsOf at) =>
        new($"{stream} had no event at offset {at.Offset}. Ticks are in the market log: events --log=market.");

    /// <summary>One object.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        AccountStateJson.WriteMoment(writer, "asOf", At);
        writer.WriteString("stream"u8, Stream.Value);
        writer.WriteNumber("version"u8, Newest.Version.Value);
        writer.WriteNumber("offset"u8, Newest.Offset.Value);
        Fold.Write(writer);
        writer.WriteEndObject();
    }
}
