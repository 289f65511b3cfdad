using System.CommandLine;
using Trading.Api.Configuration;
using Trading.Demo;
using Trading.EmbeddedPostgres;

var port = new Option<int>("--port")
{
    Description = "Port of HTTP and WebSocket; 0 for a free one",
    DefaultValueFactory = _ => 8080,
};
var data = new Option<string>("--data")
{
    Description = "Folder that keeps everything: database, keys, logs",
    DefaultValueFactory = _ => ".data",
};
var prices = new Option<string?>("--prices") { Description = "Price file, or folder of price files, for the sandbox" };
var speed = new Option<double>("--speed")
{
    Description = "Speed of recorded prices; 0: as fast as they are taken",
    DefaultValueFactory = _ => 1,
};

var command = new RootCommand("The trading service with everything it needs, on this machine")
{
    port,
    data,
    prices,
    speed,
};
command.SetAction(
    async (parsed, cancellation) =>
    {
        var options = new DemoOptions(
            parsed.GetValue(port),
            Path.GetFullPath(parsed.GetValue(data)!),
            parsed.GetValue(prices),
            parsed.GetValue(speed)
        );
        try
        {
            string farewell;
            await using (var demo = await RunningDemo.StartAsync(options, cancellation))
            {
                await Console.Out.WriteLineAsync(Welcome.Text(demo));
                farewell = Welcome.Farewell(options, demo.SandboxUrl is not null, demo.Cluster is not null);
                await demo.RunAsync();
                await Console.Out.WriteLineAsync("Stopping.");
            }

            await Console.Out.WriteLineAsync(farewell);
            return 0;
        }
        catch (SettingsException wrong)
        {
            await Console.Error.WriteLineAsync(wrong.Message);
            return 78;
        }
        catch (Exception unavailable)
            when (unavailable
                    is EmbeddedPostgresException
                        or Npgsql.NpgsqlException
                        or IOException
                        or InvalidDataException
            )
        {
            await Console.Error.WriteLineAsync(unavailable.Message);
            return 69;
        }
    }
);
return await command.Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = null });
