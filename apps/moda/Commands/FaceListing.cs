using System.Numerics;
using System.Text.Json;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;

namespace Moda.Cli.Commands;

/// <summary>The faces of an image as JSON: what <c>--list-faces</c> prints.</summary>
internal static class FaceListing
{
    /// <summary>Prints boxes, scores and landmarks in pixels of the image, numbered as <c>--face N</c> takes them.</summary>
    public static void Write(TextWriter writer, RgbImage image, IReadOnlyList<DetectedFace> faces)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("width", image.Width);
            json.WriteNumber("height", image.Height);
            json.WriteStartArray("faces");
            for (int index = 0; index < faces.Count; index++)
            {
                WriteFace(json, index + 1, faces[index]);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        writer.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static void WriteFace(Utf8JsonWriter json, int number, DetectedFace face)
    {
        json.WriteStartObject();
        json.WriteNumber("number", number);
        json.WriteNumber("score", MathF.Round(face.Score, 4));
        json.WriteStartArray("box");
        json.WriteNumberValue(MathF.Round(face.Box.X, 2));
        json.WriteNumberValue(MathF.Round(face.Box.Y, 2));
        json.WriteNumberValue(MathF.Round(face.Box.Width, 2));
        json.WriteNumberValue(MathF.Round(face.Box.Height, 2));
        json.WriteEndArray();
        WritePoints(json, "landmarks", face.Landmarks);
        if (face.RefinedLandmarks is { } refined)
        {
            WritePoints(json, "refined_landmarks", refined);
        }

        json.WriteEndObject();
    }

    private static void WritePoints(Utf8JsonWriter json, string name, FaceLandmarks landmarks)
    {
        json.WriteStartArray(name);
        foreach (Vector2 point in landmarks.Points)
        {
            json.WriteStartArray();
            json.WriteNumberValue(MathF.Round(point.X, 2));
            json.WriteNumberValue(MathF.Round(point.Y, 2));
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
