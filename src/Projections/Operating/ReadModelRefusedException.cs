namespace Trading.Projections.Operating;

/// <summary>What was asked of a read model cannot be done. The message is for the person who asked.</summary>
public sealed class ReadModelRefusedException(string message) : Exception(message);
