using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Moda.Runtime.Files;
using Moda.Weights;

namespace Moda.Runtime.Faces;

/// <summary>
/// Reads and writes landmarks as JSON: <c>{"landmarks": [[x, y], ...]}</c> or the bare array, with 5, 68, 106 or 203 points in pixels of
/// the upright image; five points may also be given by name: <c>{"landmarks": {"left_eye": [x, y], ...}}</c>. A file may also hold several
/// faces with their boxes, as <c>moda generate --list-faces</c> prints them.
/// </summary>
internal static class LandmarkFile
{
    private const string Form = "{\"landmarks\": [[x, y], ...]}";

    /// <summary>The names of five points, in the order of their scheme.</summary>
    private static readonly string[] PointNames = ["left_eye", "right_eye", "nose", "left_mouth", "right_mouth"];

    /// <summary>Larger files are refused. 203 points need a few kilobytes.</summary>
    private const int LargestFile = 1 << 20;

    /// <summary>Reads landmarks.</summary>
    /// <param name="path">The path of a file or a pipe.</param>
    /// <param name="face">Which face to read when the file lists several.</param>
    /// <exception cref="LandmarkException">The file does not exist or does not have this form.</exception>
    /// <exception cref="FaceNotFoundException">The file lists fewer faces than the chosen number.</exception>
    public static FaceLandmarks Load(string path, FaceChoice face = default)
    {
        using JsonDocument document = Open(path);
        return IsListing(document.RootElement, out JsonElement faces)
            ? ParseListing(document.RootElement, faces, face, path)
            : Parse(document.RootElement, path);
    }

    /// <summary>Reads the landmarks of all faces in a file.</summary>
    /// <param name="path">The path of a file or a pipe.</param>
    /// <returns>At least one face.</returns>
    /// <exception cref="LandmarkException">The file does not exist or does not have this form.</exception>
    public static IReadOnlyList<DetectedFace> LoadAll(string path)
    {
        using JsonDocument document = Open(path);
        if (IsListing(document.RootElement, out JsonElement faces))
        {
            return ParseFaces(faces, path);
        }

        FaceLandmarks landmarks = Parse(document.RootElement, path);
        return [new DetectedFace(FaceBox.Around(landmarks), Score: 1, landmarks)];
    }

    /// <summary>Writes landmarks in the form that <see cref="Load"/> reads.</summary>
    /// <param name="landmarks">The landmarks to write.</param>
    /// <param name="path">The file. An existing file is replaced.</param>
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

    private static JsonDocument Open(string path)
    {
        byte[] bytes = ReadBytes(path);
        try
        {
            ReadOnlyMemory<byte> json = WithoutByteOrderMark(bytes);
            RequireText(json.Span);
            return JsonDocument.Parse(json);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new LandmarkException($"landmarks '{path}': it is not JSON of the form {Form}: {ShownText.Of(error.Message, ShownText.LongestName)}", error);
        }
    }

    // A document does not check its names and strings. They throw when they are read, if they are not UTF-8 or half of a UTF-16 pair.
    private static void RequireText(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String)
            {
                reader.GetString();
            }
        }
    }

    private static bool IsListing(JsonElement root, out JsonElement faces)
    {
        faces = default;
        return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("faces", out faces);
    }

    private static List<DetectedFace> ParseFaces(JsonElement listed, string path)
    {
        if (listed.ValueKind != JsonValueKind.Array || listed.GetArrayLength() == 0)
        {
            throw new LandmarkException($"landmarks '{path}': it lists no faces; 'moda generate --image FILE --list-faces' writes such a list.");
        }

        List<DetectedFace> faces = [];
        foreach (JsonElement face in listed.EnumerateArray())
        {
            FaceLandmarks landmarks = face.ValueKind == JsonValueKind.Object
                ? Parse(face, path)
                : throw new LandmarkException($"landmarks '{path}': face {faces.Count + 1} is no object with \"landmarks\".");
            faces.Add(new DetectedFace(ParseBox(face, faces.Count + 1, path), Score: 1, landmarks));
        }

        return faces;
    }

    private static FaceLandmarks ParseListing(JsonElement root, JsonElement listed, FaceChoice choice, string path)
    {
        List<DetectedFace> faces = ParseFaces(listed, path);
        (int width, int height) = ((int)Extent(root, "width", path), (int)Extent(root, "height", path));
        try
        {
            return choice.Choose(width, height, faces).Landmarks;
        }
        catch (FaceNotFoundException error)
        {
            throw new FaceNotFoundException($"landmarks '{path}': {error.Message}");
        }
    }

    private static FaceBox ParseBox(JsonElement face, int number, string path)
    {
        Span<float> values = stackalloc float[4];
        int count = 0;
        if (face.TryGetProperty("box", out JsonElement box) && box.ValueKind == JsonValueKind.Array && box.GetArrayLength() == values.Length)
        {
            foreach (JsonElement value in box.EnumerateArray())
            {
                if (value.ValueKind == JsonValueKind.Number && value.GetSingle() is var length && float.IsFinite(length))
                {
                    values[count++] = length;
                }
            }
        }

        return count == values.Length
            ? new FaceBox(values[0], values[1], values[2], values[3])
            : throw new LandmarkException($"landmarks '{path}': the \"box\" of face {number} is not [x, y, width, height].");
    }

    private static float Extent(JsonElement root, string name, string path) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.GetSingle() is >= 1 and <= 1e6f and var extent
            ? extent
            : throw new LandmarkException($"landmarks '{path}': its \"{name}\" is not that of an image in pixels.");

    private static FaceLandmarks Parse(JsonElement root, string path)
    {
        JsonElement array = root;
        if (root.ValueKind == JsonValueKind.Object && !root.TryGetProperty("landmarks", out array))
        {
            throw new LandmarkException($"landmarks '{path}': there is no \"landmarks\"; the form is {Form}.");
        }
        Vector2[] points = array.ValueKind switch
        {
            JsonValueKind.Array => ParseArray(array, path),
            JsonValueKind.Object => ParseNamed(array, path),
            _ => throw new LandmarkException($"landmarks '{path}': an array of points is needed; the form is {Form}."),
        };
        try
        {
            return new FaceLandmarks(points).InOrder();
        }
        catch (LandmarkException error)
        {
            throw new LandmarkException($"landmarks '{path}': {error.Message}", error);
        }
    }

    private static Vector2[] ParseArray(JsonElement array, string path)
    {
        int count = array.GetArrayLength();
        if (!FaceLandmarks.IsSupported(count))
        {
            throw new LandmarkException($"landmarks '{path}': it has {count} points; 5, 68, 106 or 203 are understood.");
        }

        Vector2[] points = new Vector2[count];
        for (int i = 0; i < count; i++)
        {
            points[i] = ParsePoint(array[i], $"point {i}", path);
        }

        return points;
    }

    private static Vector2[] ParseNamed(JsonElement named, string path)
    {
        if (named.EnumerateObject().FirstOrDefault(property => !PointNames.Contains(property.Name)) is { Value.ValueKind: not JsonValueKind.Undefined } unknown)
        {
            throw new LandmarkException(
                $"landmarks '{path}': no point is called \"{ShownText.Of(unknown.Name, ShownText.LongestName)}\"; the names are {string.Join(", ", PointNames)}.");
        }

        return Array.ConvertAll(PointNames, name => named.TryGetProperty(name, out JsonElement point)
            ? ParsePoint(point, $"point \"{name}\"", path)
            : throw new LandmarkException($"landmarks '{path}': there is no \"{name}\"; the names are {string.Join(", ", PointNames)}."));
    }

    private static Vector2 ParsePoint(JsonElement point, string name, string path) =>
        point.ValueKind == JsonValueKind.Array && point.GetArrayLength() == 2
        && point[0].ValueKind == JsonValueKind.Number && point[1].ValueKind == JsonValueKind.Number
            ? new Vector2(point[0].GetSingle(), point[1].GetSingle())
            : throw new LandmarkException($"landmarks '{path}': {name} is {ShownText.Of(point.GetRawText(), ShownText.LongestName)}, not [x, y].");

    private static byte[] ReadBytes(string path)
    {
        try
        {
            return BoundedFile.Read(path, LargestFile)
                ?? throw new LandmarkException($"landmarks '{path}': it is too large to be a list of landmarks.");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new LandmarkException($"landmarks '{path}': there is no such file.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new LandmarkException($"landmarks '{path}': it could not be read: {error.Message}", error);
        }
    }

    private static ReadOnlyMemory<byte> WithoutByteOrderMark(byte[] bytes) =>
        bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsMemory(Encoding.UTF8.Preamble.Length) : bytes;
}
