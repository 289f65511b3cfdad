namespace Trading.Tools;

/// <summary>Files that are there whole or not at all, whenever the work is interrupted.</summary>
internal static class WholeFile
{
    /// <summary>Writes a new file.</summary>
    /// <param name="path">Its name, which it gets once it is on disk.</param>
    /// <param name="what">What it is, with its article: <c>an export</c>.</param>
    /// <param name="write">Writes it.</param>
    /// <returns>What <paramref name="write"/> gave.</returns>
    /// <exception cref="ToolException">There is such a file, or it cannot be written.</exception>
    public static async Task<T> WriteAsync<T>(string path, string what, Func<Stream, Task<T>> write)
    {
        if (File.Exists(path))
        {
            throw new ToolException($"{path} exists: {what} is never written over another.");
        }

        var unfinished = $"{path}.part";
        try
        {
            T result;
            await using (var stream = File.Create(unfinished))
            {
                result = await write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(unfinished, path);
            return result;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"The file was not written: {refused.Message}");
        }
        finally
        {
            if (File.Exists(unfinished))
            {
                File.Delete(unfinished);
            }
        }
    }
}
