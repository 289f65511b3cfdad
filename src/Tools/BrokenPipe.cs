namespace Trading.Tools;

/// <summary>How each system numbers "the reader of the pipe is gone".</summary>
internal static class BrokenPipe
{
    /// <summary>EPIPE.</summary>
    public const int Linux = 32;

    /// <summary>EPIPE.</summary>
    public const int Mac = Linux;

    /// <summary>ERROR_NO_DATA as an HRESULT.</summary>
    public const int Windows = unchecked((int)0x800700E8);
}
