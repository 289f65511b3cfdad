using System.Text.Json;
using Trading.Domain.Logs;

namespace Trading.Tools.State;

/// <summary>What becomes of an aggregate by its events.</summary>
internal interface IStreamFold
{
    /// <summary>Folds one event in.</summary>
    void Take(PastEvent past);

    /// <summary>Writes how it stands: properties of an object that the caller has opened.</summary>
    void Write(Utf8JsonWriter writer);

    /// <summary>The same without what is different after every event: what two moments are compared by.</summary>
    void WriteFigures(Utf8JsonWriter writer) => Write(writer);
}
