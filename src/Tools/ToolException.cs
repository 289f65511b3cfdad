namespace Trading.Tools;

/// <summary>The verb cannot do what was asked; the message says why and what to do about it.</summary>
internal sealed class ToolException(string message) : Exception(message);
