using Trading.Domain.Logs;

namespace Trading.Tools.State;

/// <summary>A stream's name as an argument.</summary>
internal static class StreamArgument
{
    /// <summary>Reads it.</summary>
    /// <exception cref="ToolException">Not a stream's name.</exception>
    public static StreamName Parse(string text)
    {
        try
        {
            return StreamName.Parse(text);
        }
        catch (FormatException wrong)
        {
            throw new ToolException(wrong.Message);
        }
    }
}
