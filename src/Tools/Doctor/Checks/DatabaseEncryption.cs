using System.Net;
using Npgsql;

namespace Trading.Tools.Doctor.Checks;

/// <summary>Between two machines the connection must be encrypted and the server's certificate checked.</summary>
internal sealed class DatabaseEncryption : ICheck
{
    public string Name => "database encryption";

    public Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        if (installation.ConnectionString is not { } text)
        {
            return Task.FromResult(Diagnosis.Unknown("There is no connection to look at."));
        }

        var connection = new NpgsqlConnectionStringBuilder(text);
        var remote = (connection.Host ?? "").Split(',').FirstOrDefault(host => !IsHere(host.Trim()));
        const string remedy =
            "Add SSL Mode=VerifyFull (and Root Certificate=… for a private authority) to TRADING_POSTGRES.";
        return Task.FromResult(
            remote is null ? Diagnosis.Ok("The database is on this machine.")
            : connection.SslMode is SslMode.VerifyCA or SslMode.VerifyFull
                ? Diagnosis.Ok($"The certificate of {remote} is checked.")
            : connection.SslMode == SslMode.Require
                ? Diagnosis.Warn($"The connection to {remote} is encrypted, but anybody could be at its end.", remedy)
            : Diagnosis.Fail($"The connection to {remote} may go unencrypted.", remedy)
        );
    }

    private static bool IsHere(string host) =>
        host.Length == 0
        || host[0] is '/' or '@'
        || string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
