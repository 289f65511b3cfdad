namespace Trading.Sandbox.CTrader.Market;

/// <summary>A mixing function that is the same in every process, unlike the hash codes of the runtime.</summary>
internal static class Mix
{
    public static int Of(long a, long b, long c = 0)
    {
        var x = (ulong)a * 0x9E3779B97F4A7C15 + (ulong)b * 0xBF58476D1CE4E5B9 + (ulong)c * 0x94D049BB133111EB;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return (int)((x ^ (x >> 31)) & 0x7FFF_FFFF);
    }
}
