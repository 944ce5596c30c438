using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Moda.Web.Failures;

namespace Moda.Web.Uploads;

/// <summary>
/// Receives a multipart form: files go to disk as they come, each up to its limit; texts are short. Names and types that the client gives to files
/// are not looked at.
/// </summary>
internal sealed class UploadForm
{
    private const int LongestText = 1000;
    private const int MostParts = 32;
    private const int BlockLength = 1 << 16;

    private readonly Dictionary<string, string> texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> hashes = new(StringComparer.Ordinal);

    private UploadForm()
    {
    }

    /// <summary>The texts, by name.</summary>
    public IReadOnlyDictionary<string, string> Texts => texts;

    /// <summary>Receives a form.</summary>
    /// <param name="request">The request.</param>
    /// <param name="folder">Where files go, under their names in the form.</param>
    /// <param name="files">The files that must be there: their names, and how many bytes they may have.</param>
    /// <param name="cancellationToken">Ends the receiving.</param>
    /// <exception cref="ApiException">It is no form, a file is missing, doubled or too large, or there are too many parts.</exception>
    public static async Task<UploadForm> ReceiveAsync(
        HttpRequest request, string folder, IReadOnlyDictionary<string, long> files, CancellationToken cancellationToken)
    {
        var form = new UploadForm();
        var reader = new MultipartReader(BoundaryOf(request), request.Body);
        int parts = 0;
        while (await FromClientAsync(reader.ReadNextSectionAsync(cancellationToken)) is { } section)
        {
            if (++parts > MostParts)
            {
                throw ApiException.Unusable("too_many_fields", $"The form has more than {MostParts} parts.");
            }

            string name = NameOf(section);
            if (form.texts.ContainsKey(name) || form.hashes.ContainsKey(name))
            {
                throw ApiException.Unusable("doubled_field", $"The form has '{Shown(name)}' twice.");
            }

            if (files.TryGetValue(name, out long limit))
            {
                form.hashes[name] = await SaveAsync(section.Body, name, Path.Combine(folder, name), limit, cancellationToken);
            }
            else
            {
                form.texts[name] = await ReadTextAsync(section.Body, name, cancellationToken);
            }
        }

        foreach (string missing in files.Keys.Where(name => !form.hashes.ContainsKey(name)))
        {
            throw ApiException.Unusable("missing_file", $"The form has no file '{missing}'.");
        }

        return form;
    }

    /// <summary>SHA-256 of all names, texts and files, in hexadecimal; the order in which they came does not matter.</summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, byte[] content) in hashes.Concat(texts.ToDictionary(text => text.Key, text => Encoding.UTF8.GetBytes(text.Value))).OrderBy(part => part.Key, StringComparer.Ordinal))
        {
            hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
            hash.AppendData(SHA256.HashData(content));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string BoundaryOf(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 and <= 200 } boundary)
        {
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType, "not_a_form", "Send a form: Content-Type multipart/form-data.");
        }

        return boundary.ToString();
    }

    private static string NameOf(MultipartSection section) =>
        ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out ContentDispositionHeaderValue? disposition)
            && HeaderUtilities.RemoveQuotes(disposition.Name).ToString() is { Length: > 0 } name
            ? name
            : throw new ApiException(StatusCodes.Status400BadRequest, "bad_request", "A part of the form has no name.");

    private static async Task<byte[]> SaveAsync(Stream body, string name, string path, long limit, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[BlockLength];
        long length = 0;
        int read;
        while ((read = await FromClientAsync(body.ReadAsync(block, cancellationToken).AsTask())) > 0)
        {
            length += read;
            if (length > limit)
            {
                throw ApiException.TooLarge($"The file '{name}' has more than {limit} bytes, the most that is taken.");
            }

            hash.AppendData(block.AsSpan(0, read));
            await file.WriteAsync(block.AsMemory(0, read), cancellationToken);
        }

        return length > 0 ? hash.GetHashAndReset() : throw ApiException.Unusable($"invalid_{name}", $"The file '{name}' is empty.");
    }

    private static async Task<string> ReadTextAsync(Stream body, string name, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[LongestText + 1];
        int length = await FromClientAsync(body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).AsTask());
        return length <= LongestText
            ? Encoding.UTF8.GetString(bytes, 0, length)
            : throw ApiException.Unusable("unknown_field", $"'{Shown(name)}' is longer than {LongestText} bytes; the form has no such file.");
    }

    // What fails here is the client's form; what fails elsewhere is the service's disk.
    private static async Task<T> FromClientAsync<T>(Task<T> reading)
    {
        try
        {
            return await reading;
        }
        catch (Exception error) when (error is InvalidDataException || (error is IOException and not BadHttpRequestException))
        {
            throw new ApiException(StatusCodes.Status400BadRequest, "bad_request", "The form ended early, or is not well formed.");
        }
    }

    // A client's text in a message: short and without control characters.
    private static string Shown(string text) => new([.. text.Take(40).Where(character => !char.IsControl(character))]);
}
