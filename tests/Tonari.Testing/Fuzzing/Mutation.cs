using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tonari.Testing.Fuzzing;

/// <summary>Spoils what is valid: bytes, texts and JSON.</summary>
internal static class Mutation
{
    private static readonly long[] s_numbers =
    [
        0, 1, -1, 7, 127, 128, 255, 256, 4095, 4096, 4097, 65535, 65536, 1 << 20, (1 << 20) + 1, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 40, (1L << 60) + 4096,
        long.MaxValue, long.MinValue, long.MaxValue - 4095,
    ];

    private static readonly string[] s_texts =
    [
        "", ".", "..", "../../x", "/", "a/b", "A", "-", "kube-system", "\n", "\u0000", "\u001b[2J", "é", "\ud83d\ude00", "\u202e", "%2e%2e", "{}", "null", "true", "0", "-1",
        "9223372036854775808", "1e999", "m-aaaaaaaaaa-e1-s1", "diverged-aaaaaaaaaa-e1-1", "2026-13-45T99:99:99Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "*",
        "tb1:00000000000000000000000000000000",
    ];

    /// <summary>A number that something may break at.</summary>
    public static long Number(Random random) => s_numbers[random.Next(s_numbers.Length)];

    /// <summary>A text that something may break at.</summary>
    public static string Text(Random random) => random.Next(12) switch
    {
        0 => new string('a', 1 << random.Next(6, 17)),
        1 => new string([.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => (char)random.Next(1, 0xD800))]),
        _ => s_texts[random.Next(s_texts.Length)],
    };

    /// <summary>One to four changes somewhere.</summary>
    public static byte[] Bytes(byte[] input, Random random)
    {
        var bytes = input.ToArray();
        for (var changes = random.Next(1, 5); changes > 0; changes--)
            bytes = Once(bytes, random);
        return bytes;
    }

    /// <summary>One to three members or elements of a document, anywhere in it, replaced, removed, doubled or moved.</summary>
    public static JsonNode Json(JsonNode document, Random random)
    {
        var root = document.DeepClone();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var places = Places(root).ToList();
            if (places.Count == 0)
                return Value(random, root);
            var (owner, key, index) = places[random.Next(places.Count)];
            Change(owner, key, index, root, random);
        }
        return root;
    }

    private static void Change(JsonNode owner, string? key, int index, JsonNode root, Random random)
    {
        var kind = random.Next(6);
        if (owner is JsonObject value)
        {
            if (kind == 0)
                value.Remove(key!);
            else if (kind == 1)
                value[Text(random)] = Value(random, root);
            else
                value[key!] = Value(random, root);
            return;
        }
        var list = (JsonArray)owner;
        if (kind == 0)
            list.RemoveAt(index);
        else if (kind == 1)
            list.Add(list[index]?.DeepClone());
        else
            list[index] = Value(random, root);
    }

    private static JsonNode Value(Random random, JsonNode root)
    {
        switch (random.Next(8))
        {
            case 0:
                return JsonValue.Create(Number(random));
            case 1:
                return new JsonArray();
            case 2:
                return new JsonObject();
            case 3:
                return new JsonArray(null, JsonValue.Create(1), JsonValue.Create("x"), new JsonObject());
            case 4:
                var places = Places(root).ToList();
                if (places.Count == 0)
                    return new JsonObject();
                var (owner, key, index) = places[random.Next(places.Count)];
                return (key is null ? owner[index] : owner[key])?.DeepClone() ?? new JsonObject();
            case 5:
                return JsonValue.Create(random.Next(2) == 0);
            default:
                return JsonValue.Create(Text(random));
        }
    }

    private static IEnumerable<(JsonNode Owner, string? Key, int Index)> Places(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject value:
                foreach (var (key, inner) in value)
                {
                    yield return (value, key, -1);
                    foreach (var deeper in Places(inner))
                        yield return deeper;
                }
                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    yield return (list, null, i);
                    foreach (var deeper in Places(list[i]))
                        yield return deeper;
                }
                break;
        }
    }

    private static byte[] Once(byte[] bytes, Random random)
    {
        if (bytes.Length == 0)
            return [(byte)random.Next(256)];
        var at = random.Next(bytes.Length);
        var length = Math.Min(bytes.Length - at, 1 << random.Next(0, 10));
        switch (random.Next(8))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 2:
                return bytes[..at];
            case 3:
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at + length)];
            case 4:
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at, length), .. bytes.AsSpan(at)];
            case 5 when bytes.Length - at >= 8:
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), Number(random));
                return bytes;
            case 6:
                return [.. bytes.AsSpan(0, at), .. Encoding.UTF8.GetBytes(JsonSerializer.Serialize(Text(random))), .. bytes.AsSpan(at)];
            default:
                random.NextBytes(bytes.AsSpan(at, length));
                return bytes;
        }
    }
}
