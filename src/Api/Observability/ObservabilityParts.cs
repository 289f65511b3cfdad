using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Trading.Api.Configuration;

namespace Trading.Api.Observability;

/// <summary>Metrics and readiness.</summary>
internal static class ObservabilityParts
{
    private static readonly string[] Meters =
    [
        "Trading.*",
        "System.Runtime",
        "Microsoft.AspNetCore.*",
        "System.Net.Http",
        "Npgsql",
    ];

    /// <summary>Shows metrics at <c>/metrics</c> and, when an address is configured, sends them by OTLP.</summary>
    public static IServiceCollection AddObservability(this IServiceCollection services, ServiceSettings settings)
    {
        services.AddMetrics();
        services.AddSingleton<PrometheusExporter>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<Vitals>();
        services.AddHostedService(provider => provider.GetRequiredService<Vitals>());
        if (settings.OtlpEndpoint is { } endpoint)
        {
            services.AddSingleton(_ => SendTo(endpoint));
            services.AddHostedService<OtlpSender>();
        }

        return services;
    }

    private static MeterProvider SendTo(Uri endpoint) =>
        Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("trading-api"))
            .AddMeter(Meters)
            .AddOtlpExporter(otlp =>
            {
                otlp.Protocol = OtlpExportProtocol.HttpProtobuf;
                // The configured address is the collector's root, with or without a slash at its end.
                otlp.Endpoint = new($"{endpoint.AbsoluteUri.TrimEnd('/')}/v1/metrics");
            })
            .Build();

    // Flushes what was measured last when the host stops.
    private sealed class OtlpSender(MeterProvider provider) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            provider.ForceFlush(2_000);
            return Task.CompletedTask;
        }
    }
}
