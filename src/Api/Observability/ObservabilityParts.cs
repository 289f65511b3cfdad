using System.Diagnostics.Metrics;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Trading.Api.Configuration;

namespace Trading.Api.Observability;

/// <summary>Metrics and readiness.</summary>
internal static class ObservabilityParts
{
    private const int FlushPatience = 2_000;

    private static readonly string[] Meters =
    [
        "Trading.*",
        "System.Runtime",
        "Microsoft.AspNetCore.*",
        "System.Net.Http",
        "Npgsql",
    ];

    // The library's own bounds are for milliseconds.
    private static readonly double[] Seconds =
    [
        0.005,
        0.01,
        0.025,
        0.05,
        0.075,
        0.1,
        0.25,
        0.5,
        0.75,
        1,
        2.5,
        5,
        7.5,
        10,
    ];

    /// <summary>Shows metrics at <c>/metrics</c> and, when an address is configured, sends them by OTLP.</summary>
    public static IServiceCollection AddObservability(this IServiceCollection services, ServiceSettings settings)
    {
        services.AddMetrics();
        services
            .AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("trading-api"))
            .WithMetrics(metrics => Measure(metrics, settings.OtlpEndpoint))
            .Services.ConfigureOpenTelemetryMeterProvider(
                (provider, metrics) =>
                    metrics.AddView(instrument => ViewOf(instrument, provider.GetRequiredService<IMeterFactory>()))
            );
        services.AddSingleton<Readiness>();
        services.AddSingleton<Vitals>();
        services.AddHostedService(provider => provider.GetRequiredService<Vitals>());
        services.AddHostedService<LastFlush>();
        return services;
    }

    /// <summary>Answers a scrape.</summary>
    public static RequestDelegate Scraping(IEndpointRouteBuilder routes)
    {
        var app = routes.CreateApplicationBuilder();
        app.UseOpenTelemetryPrometheusScrapingEndpoint(_ => true);
        return app.Build();
    }

    private static void Measure(MeterProviderBuilder metrics, Uri? collector)
    {
        metrics
            .AddMeter(Meters)
            .AddPrometheusExporter(prometheus =>
            {
                prometheus.ScopeInfoEnabled = false;
                prometheus.ScrapeResponseCacheDurationMilliseconds = 0;
            });
        if (collector is not null)
        {
            metrics.AddOtlpExporter(otlp =>
            {
                otlp.Protocol = OtlpExportProtocol.HttpProtobuf;
                // The configured address is the collector's root, with or without a slash at its end.
                otlp.Endpoint = new($"{collector.AbsoluteUri.TrimEnd('/')}/v1/metrics");
            });
        }
    }

    // Another host in this process, such as the demo's sandbox, measures its own requests under the same names.
    private static MetricStreamConfiguration? ViewOf(Instrument instrument, IMeterFactory own) =>
        instrument.Meter.Scope is IMeterFactory maker && maker != own ? MetricStreamConfiguration.Drop
        : instrument is Histogram<double> { Unit: "s", Advice: null }
            ? new ExplicitBucketHistogramConfiguration { Boundaries = Seconds }
        : null;

    // Sends what was measured last when the host stops.
    private sealed class LastFlush(MeterProvider provider) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            provider.ForceFlush(FlushPatience);
            return Task.CompletedTask;
        }
    }
}
