using Xunit;

namespace Trading.EmbeddedPostgres.Tests;

/// <summary>A fact about running as root; skipped, and counted so, for everybody else.</summary>
internal sealed class FactForRootAttribute : FactAttribute
{
    public FactForRootAttribute()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            Skip = "Only root drops privileges";
    }
}
