using System.CommandLine;
using System.Globalization;
using Trading.Projections.Rebuilding;
using Trading.Tools.Archive;
using Trading.Tools.Connect;
using Trading.Tools.Progress;
using Trading.Tools.Rebuild;

namespace Trading.Tools.Compare;

/// <summary>The verb <c>compare</c>: whether what readers see is what the log says.</summary>
internal sealed class CompareCommand
{
    private readonly ConnectionOptions _connection = new();

    private readonly ArchiveOption _archive = new();

    private readonly Argument<string?> _projection = new("projection")
    {
        Description = "The read model, for example accounts.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _all = new("--all") { Description = "All read models, one after the other." };

    private readonly Option<bool> _json = new("--json") { Description = "Say the results as JSON, one a line." };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new CompareCommand();
        var command = new Command(
            "compare",
            $"""
            Folds the log from its first event into a table of its own and holds every row of the live table against it, by
            hash, both at exactly the same offset. The service may go on meanwhile. Nothing is left behind.

            What is folded holds names and labels that are sealed with each user's key: the master key that the service runs with
            must be given (TRADING_MASTER_KEY, or the data folder's own). Without it nothing is compared.

            {ReadModelAccess.OwnerNote}
            Exit code: 0 no row differs, 1 rows differ (the first 20 are named, with the columns), 2 it could not be
            compared.

            Examples:
              trading-tools compare accounts
              trading-tools compare --all --json
            """
        );
        command.Arguments.Add(verb._projection);
        command.Options.Add(verb._all);
        command.Options.Add(verb._json);
        verb._archive.AddTo(command);
        verb._connection.AddTo(command);
        command.SetAction(verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var database = await _connection.OpenAsync(parsed, cancellation);
        return await ReadModelAccess.UseAsync(
            database,
            readOnly: true,
            folds: !ReadModelAccess.IsOfMarket(parsed.GetValue(_projection)),
            log => _archive.LogBefore(parsed, log),
            async access =>
            {
                var heads = (await access.Statuses.ListAsync(cancellation)).ToDictionary(one => one.Projection);
                var differs = false;
                foreach (var projection in access.Choose(parsed.GetValue(_projection), parsed.GetValue(_all)))
                {
                    Comparison comparison;
                    using (var line = new ProgressLine(projection, "events", quiet: parsed.GetValue(_json)))
                    {
                        var head = heads.TryGetValue(projection, out var status) ? status.Head : default;
                        comparison = await access.Comparison.RunAsync(
                            projection,
                            line.Between(default, head),
                            cancellation
                        );
                    }

                    Tell(comparison, parsed.GetValue(_json));
                    differs |= comparison.Differences > 0;
                }

                return differs ? ExitCode.Found : ExitCode.Clean;
            },
            cancellation
        );
    }

    private static void Tell(Comparison comparison, bool json)
    {
        if (json)
        {
            JsonLine.Write(writer =>
            {
                writer.WriteString("projection"u8, comparison.Generation);
                writer.WriteNumber("offset"u8, comparison.Offset.Value);
                writer.WriteNumber("rows"u8, comparison.Rows);
                writer.WriteNumber("differences"u8, comparison.Differences);
                writer.WriteStartArray("first"u8);
                foreach (var row in comparison.First)
                {
                    writer.WriteStartObject();
                    Write("key", row.Key);
                    writer.WriteString("kind"u8, row.Kind.ToString().ToLowerInvariant());
                    Write("columns", row.Columns);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();

                void Write(string name, IReadOnlyList<string> texts)
                {
                    writer.WriteStartArray(name);
                    foreach (var text in texts)
                    {
                        writer.WriteStringValue(text);
                    }

                    writer.WriteEndArray();
                }
            });
            return;
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{comparison.Generation} at offset {comparison.Offset.Value:N0}: {comparison.Rows:N0} rows, {comparison.Differences:N0} differ"
            )
        );
        foreach (var row in comparison.First)
        {
            Console.WriteLine($"  {row}");
        }
    }
}
