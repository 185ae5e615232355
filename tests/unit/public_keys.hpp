// Keys for tests, of nobody: made for them, or by hand.
#pragma once

#include <string>

namespace sshguardd::test {

inline const std::string ed25519_data =
    "AAAAC3NzaC1lZDI1NTE5AAAAIPmy/CUHHG/Ov5TbN7ANe7t2r+FXuFhnrACgQZzVUyCm";
inline const std::string rsa_data =
    "AAAAB3NzaC1yc2EAAAADAQABAAAAgQDLusTSIe9B5RRTwV+gDPk0kLrks6fnxhRFAq5ltOzQjPawrh2aTn2IzcgE"
    "yis42h281ZdnQASEkCCHX0S5kqi4mEM7bwxt4fDJQQQNi0+s5V1QKXmYjwh4GeERWl9/DRApI2Zih5N7DRQZPTIX"
    "u/vQTQ3G6FvTZYbK5IA7/rPNcw==";
inline const std::string dsa_data =
    "AAAAB3NzaC1kc3MAAACBAIfyiQUPIUnhNgIdAOXWcCV0zO64UA9rDp0L6GNvl/DS4Mv1gqCGN4cLMB0z110ZHBZR"
    "vyobhUaRYD8tUJwbz4sIUQtChQiEAtF5lpvA/+wnOtt0EIFCouUMRmnkwy1IBkFB0/nqezm3Y7mHFW/S4MmILL9B"
    "w3TgjFD83TtMe40zAAAAFQCzm2S1C6ipmNR5E6okv/SpAufHrQAAAIA0v9nKrZDZik6eFAMnhq69llj8ZZHq6o2s"
    "osgxJUZjJjYAD0I05MBgKb2uTIsl3cytHeb6yiKlVmvVaIt1RdgP/oJ3tBnCAxbv6IJJpnl7AUdQGPXxCQwwvSxS"
    "hEXqBSi8ri4w+lhwBIX1NBxkAHqirjXpHyve38rb+xICh7vr4AAAAIEAhCZLS4u8iI5buJPyFJXWTEl/tRGkRykG"
    "is5PQhxe9ndsfIJ3v9ZXskEJaFBADiUThD5eusJyCyA8OSE9lMnZPnwtMbJbr0kTXj6Sy+rZFkQdfEwHmCicTORg"
    "Bd9PEbx8Iok7Wz3O589AVcgdqKlc7qaIwo8LSJvEZ9GcdKXlsDE=";
inline const std::string nistp256_data =
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBAr7xoNmfzc1dcswKK7vG/WbSr0CRAdELToI"
    "d8pvwvvbheykVaAMwDzJBxWkAcvpoha6aGnfnDDaJXxbEq2sUGk=";
inline const std::string nistp384_data =
    "AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBFBvaPDmhy/jmn27OSLaw8KxhQMad1irlS5i"
    "Hy8z/oWDaatJu+OoFdpK9HCW/R46+bl1wj0+429NIKU6fRsjA/vESgUJFGtoXCCIdjsGDtPDLBAj2s+hc6XQTeoS"
    "r0UIdQ==";
inline const std::string nistp521_data =
    "AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBACTMC0fWfwAHBiX4KB/ViM7XB+2X1YQhJYg"
    "HD9hLQWOWwPhn2rGbCJriqQU+MmtRV7j5QCwP8FdDRIWVK4Esn1ymwAlGW5xFPTaobASvwRJPkV3Fa0hkw8cIUhO"
    "9DewWqb4crtGYi4Z5UMGVMDF6x01HiLGF5UiFb2GucKl2Wv0SCLuKA==";
inline const std::string sk_ed25519_data =
    "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIPmy/CUHHG/Ov5TbN7ANe7t2r+FXuFhnrACgQZzVUyCm"
    "AAAABHNzaDo=";
inline const std::string sk_ecdsa_data =
    "AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAAIbmlzdHAyNTYAAABBBAr7xoNmfzc1dcsw"
    "KK7vG/WbSr0CRAdELToId8pvwvvbheykVaAMwDzJBxWkAcvpoha6aGnfnDDaJXxbEq2sUGkAAAAEc3NoOg==";
inline const std::string certificate_data =
    "AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAABW5vbmNl";
inline const std::string short_rsa_data =
    "AAAAB3NzaC1yc2EAAAADAQABAAAAgACAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAB";

inline const std::string ed25519_key = "ssh-ed25519 " + ed25519_data + " alice@host";
inline const std::string rsa_key = "ssh-rsa " + rsa_data + " bob@host"; // 1024 bits

} // namespace sshguardd::test
