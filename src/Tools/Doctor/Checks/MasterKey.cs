using System.Security.Cryptography;
using Trading.Domain;
using Trading.EventStore;

namespace Trading.Tools.Doctor.Checks;

/// <summary>The master key must be the one that wrapped the users' keys: with another one no sealed token opens, and no
/// session can log in at the broker.</summary>
internal sealed class MasterKey : ICheck
{
    private const int Size = 32;

    public string Name => "master key";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var file = Path.Combine(installation.DataFolder, "master.key");
        var text =
            installation.Settings["TRADING_MASTER_KEY"]
            ?? (File.Exists(file) ? await File.ReadAllTextAsync(file, cancellation) : null);
        if (text is null)
        {
            return installation.IsPrivate
                ? Diagnosis.Ok("There is none yet: the service makes it at its first start.")
                : Diagnosis.Fail("There is none.", "Set TRADING_MASTER_KEY; openssl rand -base64 32 makes one.");
        }

        var key = new byte[Size + 1];
        if (!Convert.TryFromBase64String(text.Trim(), key, out var length) || length != Size)
        {
            return Diagnosis.Fail(
                "It is not 32 bytes in base64.",
                "Take the right one from where it is kept; openssl rand -base64 32 only makes one for a new installation."
            );
        }

        if (key[..Size].Distinct().Count() < Size / 4)
        {
            return Diagnosis.Fail(
                "It is no random key: too few different bytes.",
                "openssl rand -base64 32 makes one. What is sealed already must be sealed anew."
            );
        }

        var users = await installation.QueryAsync(
            "select encode(user_key, 'hex') from eventstore.user_key order by created_at desc limit 1",
            reader => UserKey.Parse(reader.GetString(0)),
            cancellation
        );
        return users is [var user] && !await OpensAsync(installation, key[..Size], user, cancellation)
            ? Diagnosis.Fail(
                "It is another one than the key that sealed this database's secrets.",
                "Bring the old one back (TRADING_MASTER_KEY, or master.key in the data folder): nothing else opens them."
            )
            : Diagnosis.Ok(users.Count == 0 ? "It is well formed; nothing is sealed yet." : "It opens what is sealed.");
    }

    private static async Task<bool> OpensAsync(
        Installation installation,
        byte[] key,
        UserKey user,
        CancellationToken cancellation
    )
    {
        await using var logs = await PostgresLogs.OpenAsync(
            installation.ConnectionString!,
            new() { Migrate = false, MasterKey = key },
            cancellation: cancellation
        );
        try
        {
            // For a user who has a key this writes nothing: it takes the key, which must be unwrapped first.
            await logs.Sealer.SealAsync(user, "trial", cancellation);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
