using Trading.Api.Configuration;
using Trading.Api.Hosting;
using Trading.EmbeddedPostgres;

try
{
    var settings = SettingsReader.FromEnvironment();
    await using var service = await TradingService.StartAsync(settings);
    await service.WaitForShutdownAsync();
    return 0;
}
catch (SettingsException wrong)
{
    await Console.Error.WriteLineAsync(wrong.Message);
    return 78;
}
catch (Exception unavailable)
    when (unavailable is EmbeddedPostgresException or Npgsql.NpgsqlException or IOException or InvalidDataException)
{
    await Console.Error.WriteLineAsync(unavailable.Message);
    return 69;
}
