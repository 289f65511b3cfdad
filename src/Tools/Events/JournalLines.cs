using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Tools.Events;

/// <summary>Prints the events of the journal that a filter lets through.</summary>
internal sealed class JournalLines(IEventLog journal, EventFilter filter, LineOutput output, bool withSource)
{
    private long _printed;

    /// <summary>How many events were printed.</summary>
    public long Printed => _printed;

    /// <summary>How many of them hold something that was not opened.</summary>
    public int Sealed { get; private set; }

    /// <summary>How many printed events this version could not decode.</summary>
    public int Undecodable { get; private set; }

    /// <summary>Prints up to the head, or for ever when following.</summary>
    public async Task PrintAsync(bool follow, CancellationToken cancellation)
    {
        var after = new Offset(filter.From.Value - 1);
        if (follow)
        {
            await PrintBatchesAsync(journal.SubscribeAsync(after, cancellation), live: true, cancellation);
        }
        else if (filter.Stream is { } stream)
        {
            await PrintStreamAsync(stream, cancellation);
        }
        else
        {
            await PrintBatchesAsync(journal.ReadAsync(after, cancellation), live: false, cancellation);
        }

        await output.FlushAsync(cancellation);
    }

    private async Task PrintBatchesAsync(
        IAsyncEnumerable<IReadOnlyList<RecordedEvent>> batches,
        bool live,
        CancellationToken cancellation
    )
    {
        await foreach (var batch in batches.WithCancellation(cancellation))
        {
            foreach (var recorded in batch)
            {
                if (!await PrintAsync(recorded, cancellation))
                {
                    return;
                }
            }

            if (live)
            {
                await output.FlushAsync(cancellation);
            }
        }
    }

    private async Task PrintStreamAsync(StreamName stream, CancellationToken cancellation)
    {
        await foreach (var recorded in journal.ReadStreamAsync(stream, StreamVersion.None, cancellation))
        {
            if (!await PrintAsync(recorded, cancellation))
            {
                return;
            }
        }
    }

    /// <summary>Prints one event if it is wanted. False when no later one can be.</summary>
    private async ValueTask<bool> PrintAsync(RecordedEvent recorded, CancellationToken cancellation)
    {
        if (recorded.Offset > filter.To || recorded.RecordedAt > filter.Until || _printed >= filter.Limit)
        {
            return false;
        }

        if (filter.PassesEnvelope(recorded) && TryWrite(recorded))
        {
            _printed++;
            await output.EndAsync(cancellation);
        }

        return _printed < filter.Limit && recorded.Offset < filter.To;
    }

    private bool TryWrite(RecordedEvent recorded)
    {
        try
        {
            var payload = recorded.Decode();
            if (!filter.PassesSymbol(payload))
            {
                return false;
            }

            Sealed += PersonalFields.IsSealed(payload) ? 1 : 0;
            EventLine.Write(output.Begin(), recorded, payload, withSource);
        }
        catch (UnknownEventException unknown)
        {
            Undecodable++;
            EventLine.WriteUndecodable(output.Begin(), recorded, unknown.Message);
        }

        return true;
    }
}
