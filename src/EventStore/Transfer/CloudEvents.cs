namespace Trading.EventStore.Transfer;

/// <summary>The words of the transfer form: CloudEvents 1.0 in JSON, one event a line. Numbers of 64 bits travel as strings,
/// since a CloudEvents integer has 32.</summary>
internal static class CloudEvents
{
    public const string Version = "1.0";
    public const string SourcePrefix = "urn:trading:journal:";
    public const string Protobuf = "application/protobuf";
    public const string Json = "application/json";

    /// <summary>The type of a line that carries a user's wrapped key.</summary>
    public const string WrappedKey = "trading.transfer.v1.WrappedUserKey";

    /// <summary>The type of the last line: without it, a file is cut short.</summary>
    public const string End = "trading.transfer.v1.End";

    public const string Time = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
}
