using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace Moda.Runtime.Faces;

/// <summary>
/// Landmarks as a JSON file: <c>{"landmarks": [[x, y], ...]}</c> or the bare array, 5, 68, 106 or 203 points in pixels of
/// the image as it is seen upright.
/// </summary>
public static class LandmarkFile
{
    private const string Form = "{\"landmarks\": [[x, y], ...]}";

    /// <summary>Files larger than this are no landmarks; 203 points take a few kilobytes.</summary>
    private const long LargestFile = 1 << 20;

    /// <summary>Reads landmarks.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="LandmarkException">There is no such file, or it is not of that form.</exception>
    public static FaceLandmarks Load(string path)
    {
        byte[] bytes = ReadBytes(path);
        try
        {
            using JsonDocument document = JsonDocument.Parse(WithoutByteOrderMark(bytes));
            return Parse(document.RootElement, path);
        }
        catch (JsonException error)
        {
            throw new LandmarkException($"landmarks '{path}': it is not JSON of the form {Form}: {error.Message}", error);
        }
    }

    /// <summary>Writes landmarks in the form that <see cref="Load"/> reads.</summary>
    /// <param name="landmarks">What to write.</param>
    /// <param name="path">The file; it is replaced.</param>
    public static void Save(FaceLandmarks landmarks, string path)
    {
        StringBuilder text = new("{\"landmarks\": [");
        for (int i = 0; i < landmarks.Points.Length; i++)
        {
            Vector2 point = landmarks.Points[i];
            text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ", ")}[{point.X:R}, {point.Y:R}]");
        }
        File.WriteAllText(path, text.Append("]}\n").ToString());
    }

    private static FaceLandmarks Parse(JsonElement root, string path)
    {
        JsonElement array = root;
        if (root.ValueKind == JsonValueKind.Object && !root.TryGetProperty("landmarks", out array))
        {
            throw new LandmarkException($"landmarks '{path}': there is no \"landmarks\"; the form is {Form}.");
        }
        if (array.ValueKind != JsonValueKind.Array)
        {
            throw new LandmarkException($"landmarks '{path}': an array of points is needed; the form is {Form}.");
        }
        int count = array.GetArrayLength();
        if (!FaceLandmarks.IsSupported(count))
        {
            throw new LandmarkException($"landmarks '{path}': it has {count} points; 5, 68, 106 or 203 are understood.");
        }
        Vector2[] points = new Vector2[count];
        for (int i = 0; i < count; i++)
        {
            JsonElement point = array[i];
            if (point.ValueKind != JsonValueKind.Array || point.GetArrayLength() != 2
                || point[0].ValueKind != JsonValueKind.Number || point[1].ValueKind != JsonValueKind.Number)
            {
                throw new LandmarkException($"landmarks '{path}': point {i} is {point.GetRawText()}, not [x, y].");
            }
            points[i] = new Vector2(point[0].GetSingle(), point[1].GetSingle());
        }
        try
        {
            return new FaceLandmarks(points);
        }
        catch (LandmarkException error)
        {
            throw new LandmarkException($"landmarks '{path}': {error.Message}", error);
        }
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > LargestFile })
            {
                throw new LandmarkException($"landmarks '{path}': it is too large to be a list of landmarks.");
            }
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new LandmarkException($"landmarks '{path}': there is no such file.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new LandmarkException($"landmarks '{path}': it could not be read: {error.Message}", error);
        }
    }

    private static ReadOnlyMemory<byte> WithoutByteOrderMark(byte[] bytes) =>
        bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsMemory(Encoding.UTF8.Preamble.Length) : bytes;
}
