using System.Diagnostics.Metrics;
using Trading.Api.Access;
using Trading.Api.Audit;
using Trading.Api.Bridge;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Projections.Messages;
using Trading.Projections.TimeTravel;

namespace Trading.Api.Accounts;

/// <summary>Answers questions about an account's past: to its user, and to auditors, who leave a record of each.</summary>
internal sealed class PastAccounts(AccountHistory history, Moments moments, AuditTrail trail, UserNames names)
    : IDisposable
{
    /// <summary>What <c>at</c> and <c>user</c> mean, for the API's document.</summary>
    public const string Description =
        "at: an offset of the journal, or an ISO 8601 time; the answer is then how things stood at that moment, with asOf. "
        + "user: a user's key, id or e-mail address, for auditors and operators, with or without at; each such read is "
        + "recorded.";

    // Each folds a whole stream: more at once would only take turns, and the live answers come first.
    private const int AtOnce = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly Meter Meter = new("Trading.Api");
    private static readonly Counter<long> Asked = Meter.CreateCounter<long>(
        "trading.past.reads",
        "{read}",
        "Answers about an account's past, by outcome."
    );

    private readonly SemaphoreSlim _places = new(AtOnce);

    /// <summary>Whose account is asked about: the named user's, otherwise the asker's own. Otherwise what to answer.</summary>
    public async ValueTask<(UserKey Whose, ErrorResult? Refusal)> WhoseAsync(
        Identity who,
        string? user,
        CancellationToken cancellation
    )
    {
        var (named, refused) = await UserArgument.FindAsync(user, who, names, cancellation);
        return (named ?? who.User?.Key) is { } whose ? (whose, refused) : (default, refused ?? UserArgument.Wrong);
    }

    /// <summary>The answer to a question about the past.</summary>
    /// <param name="context">The request.</param>
    /// <param name="who">Who asks.</param>
    /// <param name="at">The moment; null for now.</param>
    /// <param name="whose">Whose account.</param>
    /// <param name="kind">Names the answer in its ETag.</param>
    /// <param name="answer">Makes the answer; null as long as the account was not known.</param>
    public async Task<IResult> AnswerAsync<T>(
        HttpContext context,
        Identity who,
        string? at,
        UserKey whose,
        string kind,
        Func<PastAccount, Versioned<T>?> answer
    )
    {
        var cancellation = context.RequestAborted;
        AsOf asOf;
        if (at is null)
        {
            asOf = await moments.NowAsync(cancellation);
        }
        else if (Moment.Parse(at) is not { } moment)
        {
            return ApiError.Invalid("at", "at must be an offset of the journal (a whole number) or an ISO 8601 time.");
        }
        else if (await moments.FindAsync(moment, cancellation) is { } found)
        {
            asOf = found;
        }
        else
        {
            return ApiError.Invalid("at", "at lies in the future.");
        }

        if (!await _places.WaitAsync(Patience, cancellation))
        {
            Asked.Add(1, new KeyValuePair<string, object?>("outcome", "refused"));
            return ApiError.Unavailable("Too many questions about the past at once: ask again in a moment.");
        }

        try
        {
            if (whose != who.User?.Key)
            {
                await trail.RecordAsync(
                    context,
                    [("answer", kind), ("user", whose.Value)],
                    Offset.Start,
                    new(asOf.Offset),
                    cancellation
                );
            }

            var past = await history.FindAsync(new(whose, null, asOf), null, cancellation);
            Asked.Add(1, new KeyValuePair<string, object?>("outcome", past is null ? "none" : "answered"));
            return past is null ? NoAccountThen : (IResult?)answer(past) ?? NotKnownThen;
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Names a version of a past answer: the moment, and what could still change it, the prices found.</summary>
    public static string TagOf(string kind, PastAccount past) =>
        $"W/\"{kind}-{past.View.Stamp.Offset}-at-{past.AsOf.Offset}-{past.AsOf.Time.UtcTicks}-{past.NewestPrice}\"";

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    private static ErrorResult NoAccountThen { get; } =
        new ApiError("No broker account was connected at that moment.", "NO_ACCOUNT").With(
            StatusCodes.Status404NotFound
        );

    private static ErrorResult NotKnownThen { get; } =
        new ApiError("The broker had not stated the account's balance by then.", "ACCOUNT_NOT_READY").With(
            StatusCodes.Status404NotFound
        );
}
