using Trading.Projections.Rebuilding;

namespace Trading.Tools.Rebuild;

/// <summary>Asks for rebuilds, carries them out in this process, and watches those that another one is at.</summary>
internal sealed class RebuildWork(Rebuilds rebuilds, RebuildRequest request, RebuildOutput output)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Rebuilds, several read models at a time.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> projections, int parallel, CancellationToken cancellation)
    {
        using var room = new SemaphoreSlim(parallel);
        var codes = await output.ShowAsync(
            projections,
            (projection, show) => InTurnAsync(room, () => OneAsync(projection, show, cancellation), cancellation)
        );
        return codes.Max();
    }

    private static async Task<int> InTurnAsync(SemaphoreSlim room, Func<Task<int>> work, CancellationToken cancellation)
    {
        await room.WaitAsync(cancellation);
        try
        {
            return await work();
        }
        finally
        {
            room.Release();
        }
    }

    private async Task<int> OneAsync(
        string projection,
        Action<Projections.Rebuilding.Rebuild> show,
        CancellationToken cancellation
    )
    {
        switch (await rebuilds.AskAsync(projection, request, cancellation))
        {
            case RebuildAnswer.Refused refused:
                output.Refused(projection, refused.Reason);
                return ExitCode.CouldNot;
            case RebuildAnswer.Unknown:
                throw new ToolException($"There is no read model called {projection}.");
            case RebuildAnswer.Busy busy:
                output.Joins(busy.Rebuild);
                break;
        }

        var ended = await CarryAsync(projection, show, cancellation);
        output.Tell(ended);
        return ended.State == RebuildState.Done ? ExitCode.Clean : ExitCode.Found;
    }

    // Whoever is at it may go away; then it is ours.
    private async Task<Projections.Rebuilding.Rebuild> CarryAsync(
        string projection,
        Action<Projections.Rebuilding.Rebuild> show,
        CancellationToken cancellation
    )
    {
        while (true)
        {
            var running = Task.Run(() => rebuilds.RunAsync(projection, cancellation), CancellationToken.None);
            while (await Task.WhenAny(running, Task.Delay(LookEvery, CancellationToken.None)) != running)
            {
                if (await rebuilds.FindAsync(projection, CancellationToken.None) is { } now)
                {
                    show(now);
                }
            }

            try
            {
                await running;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                await rebuilds.PauseAsync(projection, CancellationToken.None);
                output.Interrupted((await rebuilds.FindAsync(projection, CancellationToken.None))!);
                throw;
            }

            var rebuild = (await rebuilds.FindAsync(projection, cancellation))!;
            show(rebuild);
            if (!rebuild.IsUnderWay)
            {
                return rebuild;
            }

            await Task.Delay(LookEvery, cancellation);
        }
    }
}
