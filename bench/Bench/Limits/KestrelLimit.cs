using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trading.Bench.Clients;
using Trading.Bench.Harness;

namespace Trading.Bench.Limits;

/// <summary>An endpoint that does nothing: what the web server and the load client reach without us.</summary>
internal static class KestrelLimit
{
    public const int Connections = 32;

    public static Task<Figure> EmptyEndpointAsync(BenchRun run, CancellationToken cancellation) =>
        run.LimitAsync(
            "empty endpoint",
            async () =>
            {
                var builder = WebApplication.CreateSlimBuilder();
                builder.Logging.ClearProviders();
                builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
                await using var server = builder.Build();
                server.MapGet(
                    "/",
                    static (HttpContext context) =>
                    {
                        context.Response.ContentLength = 2;
                        return context.Response.WriteAsync("ok", context.RequestAborted);
                    }
                );
                await server.StartAsync(cancellation);
                var address = server
                    .Services.GetRequiredService<IServer>()
                    .Features.Get<IServerAddressesFeature>()!
                    .Addresses.First();
                var job = new ClientJob(
                    "http",
                    "127.0.0.1",
                    new Uri(address).Port,
                    "/",
                    "",
                    Connections,
                    run.Seconds,
                    []
                );
                var count = await ClientProcess.RunAsync(job, null, cancellation);
                return new Figure("empty endpoint", count.PerSecond, "requests/s", count.Waits());
            }
        );

    public static Percentiles Waits(this ClientCount count) =>
        new((int)count.Count, count.P50, count.P90, count.P99, count.Max);
}
