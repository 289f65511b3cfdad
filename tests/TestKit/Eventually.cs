using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit.Sdk;

namespace Trading.TestKit;

/// <summary>Waits for what must become true, in the place of sleeping.</summary>
public static class Eventually
{
    /// <summary>How long a condition may take when the test does not say.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits until a condition holds; fails naming it when it does not in time.</summary>
    public static Task Be(
        Func<bool> condition,
        TimeSpan? patience = null,
        [CallerArgumentExpression(nameof(condition))] string? text = null
    ) => Be(() => Task.FromResult(condition()), patience, text);

    /// <summary>Waits until an asynchronous condition holds; fails naming it when it does not in time.</summary>
    public static async Task Be(
        Func<Task<bool>> condition,
        TimeSpan? patience = null,
        [CallerArgumentExpression(nameof(condition))] string? text = null
    ) => await Get(async () => await condition() ? "yes" : null, patience, text);

    /// <summary>Waits until a value is there (is not null) and returns it.</summary>
    public static async Task<T> Get<T>(
        Func<Task<T?>> value,
        TimeSpan? patience = null,
        [CallerArgumentExpression(nameof(value))] string? text = null
    )
        where T : class
    {
        var limit = patience ?? DefaultPatience;
        var watch = Stopwatch.StartNew();
        while (true)
        {
            if (await value() is { } found)
                return found;
            if (watch.Elapsed > limit)
                throw new XunitException($"Not within {limit.TotalSeconds:0.#} s: {text}");
            await Task.Delay(Pause);
        }
    }

    /// <summary>Waits until assertions stop failing; fails with the last failure when they do not in time.</summary>
    public static async Task Pass(Func<Task> assertions, TimeSpan? patience = null)
    {
        var limit = patience ?? DefaultPatience;
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await assertions();
                return;
            }
            catch (XunitException) when (watch.Elapsed <= limit)
            {
                await Task.Delay(Pause);
            }
        }
    }

    /// <summary>Waits until assertions stop failing; fails with the last failure when they do not in time.</summary>
    public static Task Pass(Action assertions, TimeSpan? patience = null) =>
        Pass(
            () =>
            {
                assertions();
                return Task.CompletedTask;
            },
            patience
        );
}
