namespace Trading.Simulation.World;

/// <summary>Cuts a failing plan down: leaves deeds out, in large parts and then in small ones, as long as the same rule is
/// still broken.</summary>
internal static class Shrinking
{
    private const int MostRuns = 200;

    /// <summary>The shortest plan found that breaks the same rule, and what came of it.</summary>
    public static Outcome Shrink(Outcome failure, Mutant mutant)
    {
        var best = failure;
        var runs = 0;
        for (var part = Math.Max(1, best.Plan.Deeds.Count / 2); runs < MostRuns; part = Math.Max(1, part / 2))
        {
            var before = best.Plan.Deeds.Count;
            for (var start = 0; start < best.Plan.Deeds.Count && runs < MostRuns; runs++)
            {
                var left = best.Plan.Deeds.Skip(start).Take(part).ToHashSet();
                var outcome = Simulation.Run(best.Plan.Without(left), mutant);
                if (outcome.Found?.Rule == failure.Found?.Rule)
                {
                    best = outcome;
                }
                else
                {
                    start += part;
                }
            }

            if (part == 1 && best.Plan.Deeds.Count == before)
            {
                break;
            }
        }

        return best;
    }
}
