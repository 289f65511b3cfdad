namespace Trading.EmbeddedPostgres;

/// <summary>Why a cluster could not be brought up or taken down.</summary>
public enum EmbeddedPostgresFault
{
    /// <summary>No PostgreSQL binaries were found; the message says how to get them.</summary>
    NoBinaries,

    /// <summary>The folder named by setting or environment holds no usable PostgreSQL 15 or newer.</summary>
    UnusableBinaries,

    /// <summary>The data was written by a major version of PostgreSQL that is not installed.</summary>
    OtherMajorVersion,

    /// <summary>The folder cannot be created or written.</summary>
    FolderNotWritable,

    /// <summary>Another living process owns the folder.</summary>
    FolderInUse,

    /// <summary>The port asked for is taken.</summary>
    PortTaken,

    /// <summary>The process runs as root and found no way to run PostgreSQL as somebody else.</summary>
    NoUnprivilegedUser,

    /// <summary><c>initdb</c> failed.</summary>
    InitialisationFailed,

    /// <summary>The server did not come up in time.</summary>
    StartFailed,

    /// <summary>The server did not go down.</summary>
    StopFailed,
}

/// <summary>The expected ways in which a private PostgreSQL fails. The message tells a person what to do next.</summary>
/// <param name="fault">The kind of failure.</param>
/// <param name="message">What happened and what to do; never holds a password.</param>
/// <param name="innerException">The cause, when there is one.</param>
public sealed class EmbeddedPostgresException(
    EmbeddedPostgresFault fault,
    string message,
    Exception? innerException = null
) : Exception(message, innerException)
{
    /// <summary>The kind of failure.</summary>
    public EmbeddedPostgresFault Fault { get; } = fault;
}
