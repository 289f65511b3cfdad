namespace Trading.Simulation;

/// <summary>Tries many seeds, or shows one.</summary>
internal static class Program
{
    private static int Main(string[] arguments) => new SimulateCommand(Console.Out).Run(arguments);
}
