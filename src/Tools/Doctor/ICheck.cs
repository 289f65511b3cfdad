namespace Trading.Tools.Doctor;

/// <summary>Looks after one thing that may be wrong with an installation. Changes nothing.</summary>
internal interface ICheck
{
    /// <summary>What is looked at, in a few words.</summary>
    string Name { get; }

    /// <summary>Looks. A database that cannot be asked is the caller's business: such exceptions are let through.</summary>
    Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation);
}
