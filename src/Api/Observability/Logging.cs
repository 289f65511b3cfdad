using System.Text;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Display;
using Serilog.Formatting.Json;
using Serilog.Sinks.File;
using Trading.Api.Configuration;
using Trading.EmbeddedPostgres;

namespace Trading.Api.Observability;

/// <summary>Structured logs: readable on the console, JSON in files that roll by day and size.</summary>
internal static class Logging
{
    private const long MaxFileBytes = 50 * 1024 * 1024;
    private const int MaxFiles = 14;
    private const string ConsoleLine =
        "{Timestamp:HH:mm:ss.fff} {Level:u3} {Message:lj} {CorrelationId}{NewLine}{Exception}";

    /// <summary>The logger of the whole process; disposing it flushes.</summary>
    public static Logger Create(ServiceSettings settings, Secrets secrets)
    {
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Is(LevelOf(settings.LogLevel))
            // The framework logs whole request lines, and a WebSocket's may hold a token.
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("System.Net.Http", LogEventLevel.Warning)
            .MinimumLevel.Override("Npgsql", LogEventLevel.Warning)
            .Enrich.FromLogContext()
            .WriteTo.Console(new SecretMask(new MessageTemplateTextFormatter(ConsoleLine), secrets));
        if (settings.LogFolder is { } folder)
        {
            PrivateFolder.Create(folder);
            configuration.WriteTo.File(
                new SecretMask(new JsonFormatter(renderMessage: true), secrets),
                Path.Combine(folder, "trading-.json"),
                rollingInterval: RollingInterval.Day,
                fileSizeLimitBytes: MaxFileBytes,
                rollOnFileSizeLimit: true,
                retainedFileCountLimit: MaxFiles,
                hooks: new OwnersAlone()
            );
        }

        return configuration.CreateLogger();
    }

    private static LogEventLevel LevelOf(string word) =>
        word switch
        {
            "debug" => LogEventLevel.Debug,
            "warning" => LogEventLevel.Warning,
            "error" => LogEventLevel.Error,
            _ => LogEventLevel.Information,
        };

    // What users do stands in the files: they are for their owner alone.
    private sealed class OwnersAlone : FileLifecycleHooks
    {
        public override Stream OnFileOpened(string path, Stream underlyingStream, Encoding encoding)
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            return underlyingStream;
        }
    }
}
