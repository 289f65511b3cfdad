using System.Globalization;
using Trading.Configuration;

namespace Trading.Api.Configuration;

/// <summary>Reads single variables and gathers what is wrong with them. A blank variable counts as absent.</summary>
internal sealed class Variables(IReadOnlyDictionary<string, string> values)
{
    private readonly List<string> _problems = [];

    public IReadOnlyList<string> Problems => _problems;

    public void Problem(string name, string sentence) => _problems.Add($"{name} {sentence}");

    public bool Has(string name) => Text(name) is not null;

    public string? Text(string name) =>
        values.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

    public int Number(string name, int otherwise, int least, int most)
    {
        if (Text(name) is not { } text)
        {
            return otherwise;
        }

        if (
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= least
            && number <= most
        )
        {
            return number;
        }

        Problem(name, $"must be a whole number from {least} to {most}.");
        return otherwise;
    }

    public int? Port(string name) => Has(name) ? Number(name, 0, 0, 65_535) : null;

    public bool Flag(string name)
    {
        switch (Text(name)?.ToLowerInvariant())
        {
            case null or "false" or "0" or "no":
                return false;
            case "true" or "1" or "yes":
                return true;
            default:
                Problem(name, "must be true or false.");
                return false;
        }
    }

    public string Choice(string name, string otherwise, params ReadOnlySpan<string> choices)
    {
        var text = Text(name)?.ToLowerInvariant() ?? otherwise;
        foreach (var choice in choices)
        {
            if (text == choice)
            {
                return text;
            }
        }

        Problem(name, $"must be one of: {string.Join(", ", choices.ToArray())}.");
        return otherwise;
    }

    /// <summary>An absolute http(s) address; plain http only on this machine unless <paramref name="plainAllowed"/>.</summary>
    public Uri? Url(string name, bool plainAllowed = false)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            Problem(name, "must be an absolute http or https address.");
            return null;
        }

        if (url.Scheme == "http" && !url.IsLoopback && !plainAllowed)
        {
            Problem(name, "must be an https address: plain http is accepted for this machine only.");
            return null;
        }

        return url;
    }

    public string? ExistingFile(string name)
    {
        var path = Text(name);
        if (path is null)
        {
            return null;
        }

        if (!ConfigurationFile.IsThere(path))
        {
            Problem(name, "names a file that does not exist.");
            return path;
        }

        try
        {
            ConfigurationFile.Text(path);
        }
        catch (SettingsFileException unusable)
        {
            Problem(name, $"names a file that cannot be used: {unusable.Message}");
        }

        return path;
    }
}
