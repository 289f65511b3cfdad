using Microsoft.Win32.SafeHandles;

namespace Trading.Tools.Events;

/// <summary>Standard output as a plain file: unlike the console's own stream it says when the reader of a pipe is gone, so
/// that <c>| head</c> ends the work.</summary>
internal static class StandardOutput
{
    private const int Descriptor = 1;

    /// <summary>Opens it; closing the stream leaves standard output open.</summary>
    public static Stream Open() =>
        OperatingSystem.IsWindows()
            ? Console.OpenStandardOutput()
            : new FileStream(new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
}
