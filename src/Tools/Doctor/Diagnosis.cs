namespace Trading.Tools.Doctor;

/// <summary>How it is with one thing.</summary>
internal enum Verdict
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, yet somebody should look after it.</summary>
    Warn,

    /// <summary>It does not work, or what is promised is not kept.</summary>
    Fail,

    /// <summary>It could not be looked at.</summary>
    Unknown,
}

/// <summary>What a check has to say.</summary>
/// <param name="Verdict">How it is.</param>
/// <param name="What">What was seen: one sentence, never with a secret in it.</param>
/// <param name="Remedy">What to do; empty when nothing is.</param>
internal sealed record Diagnosis(Verdict Verdict, string What, string Remedy)
{
    /// <summary>As it should be.</summary>
    public static Diagnosis Ok(string what) => new(Verdict.Ok, what, "");

    /// <summary>It works, yet.</summary>
    public static Diagnosis Warn(string what, string remedy) => new(Verdict.Warn, what, remedy);

    /// <summary>It does not.</summary>
    public static Diagnosis Fail(string what, string remedy) => new(Verdict.Fail, what, remedy);

    /// <summary>It could not be looked at.</summary>
    public static Diagnosis Unknown(string what, string remedy = "") => new(Verdict.Unknown, what, remedy);
}
