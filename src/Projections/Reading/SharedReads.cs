using System.Collections.Concurrent;
using Npgsql;
using Trading.Domain;

namespace Trading.Projections.Reading;

/// <summary>One question that many users ask at once, each about their own row. Questions that arrive while others are on
/// the wire share the next round trip; inside it each is still asked as its own user, under row-level security.</summary>
internal sealed class SharedReads<T>(NpgsqlDataSource source, string sql, Func<NpgsqlDataReader, T> read)
    where T : class
{
    private const int MostTogether = 32;
    private const int MostRoundTrips = 3;
    private const int MostWaiting = 4_096;

    private readonly ConcurrentQueue<Question> _waiting = new();
    private readonly SemaphoreSlim _room = new(MostWaiting);
    private int _roundTrips;

    /// <summary>The user's row, or null. With very many waiting already, waits for room first.</summary>
    public async Task<T?> FindAsync(UserKey user, CancellationToken cancellation)
    {
        await _room.WaitAsync(cancellation);
        var question = new Question(user);
        _waiting.Enqueue(question);
        Ask();
        return await question.Answer.Task.WaitAsync(cancellation);
    }

    private void Ask()
    {
        if (Interlocked.Increment(ref _roundTrips) <= MostRoundTrips)
        {
            _ = Task.Run(AskAllAsync);
        }
        else
        {
            Interlocked.Decrement(ref _roundTrips);
        }
    }

    private async Task AskAllAsync()
    {
        while (Take() is { Count: > 0 } together)
        {
            await AskAsync(together);
        }

        Interlocked.Decrement(ref _roundTrips);
        // One that came after the last look, and saw us still at work, waits for nobody else.
        if (!_waiting.IsEmpty)
        {
            Ask();
        }
    }

    private List<Question> Take()
    {
        var together = new List<Question>();
        while (together.Count < MostTogether && _waiting.TryDequeue(out var question))
        {
            together.Add(question);
        }

        return together;
    }

    private async Task AskAsync(List<Question> together)
    {
        var answered = 0;
        try
        {
            await using var batch = source.CreateBatch();
            foreach (var question in together)
            {
                batch.As(question.User).Add(sql, UserReads.Value(question.User.Value));
            }

            await using var reader = await batch.ExecuteReaderAsync();
            for (; answered < together.Count; answered++)
            {
                await reader.NextResultAsync();
                Answer(together[answered], await reader.ReadAsync() ? reader : null);
                await reader.NextResultAsync();
            }
        }
        catch (Exception exception)
        {
            foreach (var question in together.Skip(answered))
            {
                question.Answer.TrySetException(exception);
            }
        }
        finally
        {
            _room.Release(together.Count);
        }
    }

    // A row that cannot be read is the trouble of its own user only.
    private void Answer(Question question, NpgsqlDataReader? row)
    {
        try
        {
            question.Answer.TrySetResult(row is null ? null : read(row));
        }
        catch (Exception exception)
        {
            question.Answer.TrySetException(exception);
        }
    }

    private sealed record Question(UserKey User)
    {
        public TaskCompletionSource<T?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
