using System.Numerics;
using System.Text.Json;
using Moda.Kernels;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;

namespace Moda.Cli.Commands;

/// <summary>The faces of an image as JSON: what <c>--list-faces</c> prints and <c>--landmarks</c> reads.</summary>
internal static class FaceListing
{
    /// <summary>Prints boxes, scores and landmarks in pixels of the file, numbered as <c>--face N</c> takes them.</summary>
    /// <param name="writer">Takes the text.</param>
    /// <param name="picture">The image.</param>
    /// <param name="faces">Its faces from left to right, in pixels of the image that was read.</param>
    public static void Write(TextWriter writer, LoadedImage picture, IReadOnlyList<NumberedFace> faces)
    {
        AffineTransform toFile = picture.FileToImage.Invert();
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("width", picture.Width);
            json.WriteNumber("height", picture.Height);
            json.WriteStartArray("faces");
            foreach (NumberedFace face in faces)
            {
                WriteFace(json, face.Number, face.Face, toFile, picture.Shrink);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        writer.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static void WriteFace(Utf8JsonWriter json, int number, DetectedFace face, AffineTransform toFile, int shrink)
    {
        Vector2 corner = toFile.Apply(new Vector2(face.Box.X, face.Box.Y));
        json.WriteStartObject();
        json.WriteNumber("number", number);
        json.WriteNumber("score", MathF.Round(face.Score, 4));
        json.WriteStartArray("box");
        json.WriteNumberValue(MathF.Round(corner.X, 2));
        json.WriteNumberValue(MathF.Round(corner.Y, 2));
        json.WriteNumberValue(MathF.Round(face.Box.Width * shrink, 2));
        json.WriteNumberValue(MathF.Round(face.Box.Height * shrink, 2));
        json.WriteEndArray();
        WritePoints(json, "landmarks", face.Landmarks.Transform(toFile));
        if (face.RefinedLandmarks is { } refined)
        {
            WritePoints(json, "refined_landmarks", refined.Transform(toFile));
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
