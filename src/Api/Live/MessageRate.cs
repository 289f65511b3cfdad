namespace Trading.Api.Live;

/// <summary>Messages a second of one connection.</summary>
internal sealed class MessageRate(int perSecond, TimeProvider time)
{
    private long _second;
    private int _taken;

    /// <summary>Takes one; false when the second's share is used up.</summary>
    public bool Take()
    {
        var second = time.GetTimestamp() / time.TimestampFrequency;
        if (second != _second)
        {
            (_second, _taken) = (second, 0);
        }

        return perSecond == 0 || ++_taken <= perSecond;
    }
}
